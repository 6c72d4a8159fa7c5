"""What the client sends once the setup holds: contents, seeds, realtime text, updates, resumption."""

import pytest
from book import CASCADE, MIDDLE, NATIVE, NEW, OLD, TEXT, Ear, chat, echo, kinds, only, opened

from gemlive_emulator.session.behaviour import AT_ONCE
from gemlive_emulator.session.commands import HandleIssued, InputHeard, NotResumable, TurnComplete, Warn
from gemlive_emulator.session.events import UserSaid
from gemlive_emulator.session.steps import Conversation, Reply, Say, UserTurn
from gemlive_emulator.testing.playbook import Playbook
from gemlive_emulator.wire.endpoint import Endpoint


def content(*turns: tuple[str, str], complete: bool = True) -> dict[str, object]:
    listed = [{"role": role, "parts": [{"text": text}]} for role, text in turns]
    return {"clientContent": {"turns": listed, "turnComplete": complete}}


def test_contents_gather_until_the_turn_is_complete():
    ear = Ear()
    book = chat(ear)
    assert book.say("one", complete=False) == []
    assert book.say("two", complete=False) == []
    book.say("three")
    assert ear.turns[0].text == "one two three"
    assert ear.turns[0].number == 1


def test_turn_complete_alone_answers_what_was_gathered():
    ear = Ear()
    book = chat(ear)
    book.say("one", complete=False)
    book.receive({"clientContent": {"turnComplete": True}})
    assert ear.turns[0].text == "one"


def test_turn_complete_with_nothing_at_all_is_a_turn_too():
    ear = Ear()
    book = chat(ear, pace=AT_ONCE)
    assert kinds(book.receive({"clientContent": {"turns": [], "turnComplete": True}}))[-1] == "TurnComplete"
    assert ear.turns[0].text == ""
    assert list(ear.conversations[0].history) == []


def test_turns_of_both_roles_before_the_question_are_history():
    ear = Ear()
    book = chat(ear)
    book.receive(content(("user", "I am Ada"), ("model", "Hello Ada"), ("user", "who am"), ("user", "I?")))
    assert ear.turns[0].text == "who am I?"
    assert [(said.role, said.text) for said in ear.conversations[0].history] == [
        ("user", "I am Ada"),
        ("model", "Hello Ada"),
    ]


def test_a_model_turn_last_leaves_the_user_turn_empty():
    ear = Ear()
    book = opened(ear, CASCADE, generationConfig=TEXT)
    book.receive(content(("user", "hi"), ("model", "hello")))
    assert ear.turns[0].text == ""
    assert len(ear.conversations[0].history) == 2


def test_parts_that_are_no_text_are_counted():
    ear = Ear()
    book = chat(ear)
    image = {"inlineData": {"mimeType": "image/png", "data": "AAAA"}}
    book.receive({"clientContent": {"turns": {"parts": [{"text": "look"}, image, image]}, "turnComplete": True}})
    assert (ear.turns[0].text, ear.turns[0].other_parts) == ("look", 2)


@pytest.mark.parametrize("model", [MIDDLE, NEW])
def test_history_seeding_is_not_answered_on_3_x(model: str):
    ear = Ear()
    book = opened(ear, model, historyConfig={"initialHistoryInClientContent": True})
    assert book.receive(content(("user", "a"), ("model", "b"), complete=False)) == []
    assert book.receive(content(("user", "c"), ("model", "d"))) == []
    book.receive({"realtimeInput": {"text": "."}})
    assert [said.text for said in ear.conversations[0].history] == ["a", "b", "c", "d"]
    assert ear.turns[0].number == 1
    book.finish()
    book.say("next")
    assert len(ear.turns) == 2


@pytest.mark.parametrize("trigger", [".", " ", ""])
@pytest.mark.parametrize("model", [MIDDLE, NEW])
def test_a_question_at_the_end_of_a_seed_is_answered_at_the_next_input(model: str, trigger: str):
    """ADK sends a dot, pipecat a blank."""
    ear = Ear()
    book = opened(ear, model, historyConfig={"initialHistoryInClientContent": True})
    assert book.receive(content(("model", "a"), ("user", "b"))) == []
    book.receive({"realtimeInput": {"text": trigger}})
    assert [turn.text for turn in ear.turns] == ["b"]
    assert [said.text for said in ear.conversations[0].history] == ["a"]


def test_the_next_input_may_also_be_another_question():
    ear = Ear()
    book = opened(ear, NEW, historyConfig={"initialHistoryInClientContent": True})
    book.receive(content(("user", "a")))
    book.receive({"realtimeInput": {"text": "b"}})
    assert [turn.text for turn in ear.turns] == ["b"]
    assert [said.text for said in ear.conversations[0].history] == ["a"]


@pytest.mark.parametrize("model", [MIDDLE, NEW])
def test_a_trigger_behind_contents_that_are_answered_is_part_of_them(model: str):
    """Pipecat sends it behind each; the answer goes on."""
    ear = Ear()
    book = opened(ear, model)
    book.receive(content(("user", "a")))
    assert book.receive({"realtimeInput": {"text": " "}}) == []
    book.finish()
    assert [turn.text for turn in ear.turns] == ["a"]
    book.receive({"realtimeInput": {"text": "."}})
    assert [turn.text for turn in ear.turns] == ["a", "."]


def test_a_dot_behind_a_spoken_turn_is_no_trigger():
    ear = Ear()
    book = opened(ear, NEW)
    book.receive(content(("user", "a")))
    book.finish()
    book.happen(UserSaid("b"))
    book.finish()
    book.receive({"realtimeInput": {"text": "."}})
    assert [turn.text for turn in ear.turns] == ["a", "b", "."]


@pytest.mark.parametrize("model", [OLD, NATIVE])
def test_a_dot_is_a_turn_on_2_x(model: str):
    ear = Ear()
    book = opened(ear, model)
    book.receive(content(("user", "a"), complete=False))
    book.receive({"realtimeInput": {"text": "."}})
    assert [turn.text for turn in ear.turns] == ["."]


@pytest.mark.parametrize("model", [OLD, NATIVE, CASCADE])
def test_history_config_changes_nothing_on_2_x(model: str):
    ear = Ear()
    book = opened(ear, model, historyConfig={"initialHistoryInClientContent": True})
    book.receive(content(("model", "b"), ("user", "c")))
    assert ear.turns[0].text == "c"


def test_realtime_text_is_a_turn_and_3_1_echoes_it():
    ear = Ear()
    book = opened(ear, MIDDLE)
    assert only(book.receive({"realtimeInput": {"text": "hello"}}), InputHeard).text == "hello"
    assert ear.turns[0].source == "realtime"
    quiet = opened(ear, NEW)
    assert InputHeard not in [type(one.command) for one in quiet.receive({"realtimeInput": {"text": "hello"}})]


@pytest.mark.parametrize("model", [OLD, NATIVE, NEW])
def test_realtime_text_comes_after_what_was_gathered(model: str):
    ear = Ear()
    book = opened(ear, model)
    book.receive(content(("user", "My name is Ada."), ("model", "Hello Ada."), complete=False))
    book.receive(content(("user", "I like tea."), complete=False))
    book.receive({"realtimeInput": {"text": "What is my name?"}})
    assert ear.turns[0].text == "What is my name?"
    assert [said.text for said in ear.conversations[0].history] == ["My name is Ada.", "Hello Ada.", "I like tea."]
    book.finish()
    book.receive({"clientContent": {"turnComplete": True}})
    assert ear.turns[1].text == ""


def test_empty_realtime_text_ends_the_turn_that_was_gathered():
    ear = Ear()
    book = opened(ear, NEW)
    book.say("My name is Ada.", complete=False)
    book.receive({"realtimeInput": {"text": ""}})
    assert (ear.turns[0].text, ear.turns[0].source) == ("My name is Ada.", "realtime")


def test_what_waits_joins_the_history_when_its_turn_comes():
    ear = Ear()
    book = opened(ear, NATIVE)
    book.say("one")
    book.receive(content(("user", "aside"), ("model", "noted"), ("user", "two")))
    book.finish()
    assert [said.text for said in ear.conversations[1].history] == ["one", "You said: one", "aside", "noted"]
    assert ear.turns[1].text == "two"


def test_a_turn_of_role_system_is_the_new_instruction_on_vertex():
    ear = Ear()
    book = Playbook(ear, Endpoint(None))
    book.open("projects/p/locations/l/publishers/google/models/gemini-live-2.5-flash")
    book.receive(content(("system", "You are a pirate."), ("user", "hello")))
    assert (ear.turns[0].text, ear.conversations[0].system_instruction) == ("hello", "You are a pirate.")
    assert list(ear.conversations[0].history) == []


def test_empty_realtime_text_ends_a_turn_of_video():
    ear = Ear()
    book = opened(ear, NEW)
    frame = {"realtimeInput": {"video": {"mimeType": "image/jpeg", "data": "AAAA"}}}
    assert book.receive(frame) == []
    assert book.receive(frame) == []
    book.receive({"realtimeInput": {"text": ""}})
    assert (ear.turns[0].text, ear.turns[0].other_parts) == ("", 2)
    book.finish()
    book.receive({"realtimeInput": {"text": ""}})
    assert ear.turns[1].other_parts == 0


def test_realtime_text_interrupts_where_typed_text_does():
    book = chat(echo)
    book.say("one")
    assert kinds(book.receive({"realtimeInput": {"text": "two"}}))[:2] == ["Interrupted", "TurnComplete"]
    native = opened(echo, NATIVE)
    native.say("one")
    assert native.receive({"realtimeInput": {"text": "two"}}) == []


def test_a_tool_response_without_a_call_may_be_ignored_with_a_word():
    book = chat(echo, overrides={"behaviour.calling.unknown": "ignored"})
    happened = book.receive({"toolResponse": {"functionResponses": [{"id": "1", "name": "f", "response": {}}]}})
    assert "tool" in only(happened, Warn).text


def test_context_update_replaces_the_instruction_and_answers_nothing():
    ear = Ear()
    book = chat(ear, systemInstruction={"parts": [{"text": "be kind"}, {"text": "and brief"}]})
    book.say("a")
    assert ear.conversations[0].system_instruction == "be kind\nand brief"
    book.finish()
    assert book.receive({"contextUpdate": {"systemInstruction": "now be grave"}}) == []
    assert book.receive({"contextUpdate": {"tools": {"tools": []}}}) == []
    book.say("b")
    assert ear.conversations[1].system_instruction == "now be grave"


def test_the_conversation_tells_model_voice_and_modality():
    ear = Ear()
    speech = {"voiceConfig": {"prebuiltVoiceConfig": {"voiceName": "kore"}}}
    book = opened(ear, NATIVE, generationConfig={"speechConfig": speech})
    book.say("a")
    seen = ear.conversations[0]
    assert (seen.model, seen.voice, seen.modality) == ("gemini-2.5-flash-native-audio-latest", "Kore", "AUDIO")
    assert not seen.resumed


def test_a_session_goes_on_under_the_last_handle():
    kept: dict[str, object] = {}
    book = chat(echo, kept=kept, sessionResumption={})
    first = book.say("what is the capital of Brazil?")
    assert only(first, NotResumable) is not None
    book.finish()
    handle = only(book.log, HandleIssued).handle
    assert handle.startswith("Cih")
    assert len(handle) == 56
    ear = Ear()
    again = chat(ear, kept=kept, sessionResumption={"handle": handle})
    again.say("go on")
    assert [said.text for said in ear.conversations[0].history] == [
        "what is the capital of Brazil?",
        "You said: what is the capital of Brazil?",
    ]
    assert ear.conversations[0].resumed
    assert ear.turns[0].number == 2


def test_handles_of_2_x_stand_for_a_moment_and_those_of_3_8_for_the_session():
    kept: dict[str, object] = {}
    old = chat(echo, kept=kept, sessionResumption={})
    old.say("one")
    old.finish()
    moment = only(old.log, HandleIssued).handle
    old.say("two")
    old.finish()
    ear = Ear()
    chat(ear, kept=kept, sessionResumption={"handle": moment}).say("x")
    assert [said.text for said in ear.conversations[0].history] == ["one", "You said: one"]
    new = opened(echo, NEW, kept=kept)
    whole = only(new.log, HandleIssued).handle
    new.say("one")
    new.finish()
    opened(ear, NEW, kept=kept, sessionResumption={"handle": whole}).say("x")
    assert ear.conversations[1].history[0].text == "one"


def test_3_1_issues_a_handle_at_turn_start_once_there_is_something_to_resume():
    book = opened(echo, MIDDLE)
    assert "HandleIssued" not in kinds(book.say("one"))
    book.finish()
    assert kinds(book.say("two"))[:3] == ["Remember", "HandleIssued", "TurnOpened"]


def test_a_dead_handle_closes_with_the_words_of_the_server():
    book = Playbook(echo)
    book.open(OLD, sessionResumption={"handle": "no-such-handle"})
    assert book.closed == (1008, "BidiGenerateContent session not found")


@pytest.mark.parametrize("handle", ["not a handle", "né", "x" * 2000])
def test_what_was_never_a_handle_is_told_apart_from_a_dead_one(handle: str):
    book = Playbook(echo)
    book.open(OLD, sessionResumption={"handle": handle})
    assert book.closed == (1007, "Invalid session handle")


def test_messages_sent_while_the_snapshot_is_looked_up_are_not_lost():
    kept: dict[str, object] = {}
    book = chat(echo, kept=kept, sessionResumption={}, pace=AT_ONCE)
    book.say("one")
    handle = only(book.log, HandleIssued).handle
    from gemlive_emulator.profiles.admit import Terms, doorkeeper
    from gemlive_emulator.session.events import Connected, MessageReceived, Recalled
    from gemlive_emulator.session.names import Names
    from gemlive_emulator.session.session import Session
    from gemlive_emulator.wire.codec import decode

    session = Session(doorkeeper(Endpoint(), echo, Terms(pace=AT_ONCE)), Names(1))
    session.handle(Connected(), 0)
    setup = f'{{"setup":{{"model":"{OLD}","generationConfig":{{"responseModalities":["TEXT"]}},"sessionResumption":{{"handle":"{handle}"}}}}}}'
    session.handle(MessageReceived(decode(setup).message), 0)
    assert session.handle(MessageReceived(decode('{"realtimeInput":{"text":"two"}}').message), 0) == []
    names = [type(command).__name__ for command in session.handle(Recalled(kept[handle]), 0)]
    assert names[0] == "SetupAccepted"
    assert "TextPart" in names


def test_no_handles_where_nobody_asked():
    book = chat(echo)
    book.say("one")
    book.finish()
    assert not {"HandleIssued", "NotResumable", "Remember"} & set(kinds(book.log))


def test_usage_counts_the_whole_context_again_as_in_the_recorded_notebook():
    answers = ["Hello there! How can I help you today?\n", "The capital of Brazil is **Brasília**.\n"]

    def notebook(turn: UserTurn, conversation: Conversation) -> Reply:
        yield Say(answers[turn.number - 1])

    book = chat(notebook)
    for question in ("Hello", "What is the capital of Brazil?"):
        book.say(question)
        book.finish()
    usages = [one.command.usage for one in book.log if isinstance(one.command, TurnComplete)]
    assert [(usage.prompt, usage.response) for usage in usages] == [
        ({"TEXT": 9}, {"TEXT": 11}),
        ({"TEXT": 37}, {"TEXT": 10}),
    ]


@pytest.mark.parametrize(("model", "each"), [(OLD, 258), (NEW, 272)])
def test_images_count_in_this_and_every_later_prompt(model: str, each: int):
    book = opened(echo, model, pace=AT_ONCE)
    image = {"inlineData": {"mimeType": "image/png", "data": "AAAA"}}
    book.receive({"clientContent": {"turns": {"parts": [image, image]}, "turnComplete": True}})
    book.say("and?")
    first, second = (one.command.usage.prompt for one in book.log if isinstance(one.command, TurnComplete))
    assert first["IMAGE"] == second["IMAGE"] == 2 * each
    assert list(first) == ["TEXT", "IMAGE"]


def test_spoken_answers_stay_audio_in_later_prompts():
    book = opened(echo, NEW)
    book.say("one")
    book.finish()
    book.say("two")
    book.finish()
    first, second = (one.command.usage for one in book.log if isinstance(one.command, TurnComplete))
    assert second.prompt["AUDIO"] == first.response["AUDIO"]
    assert second.prompt["TEXT"] > first.prompt["TEXT"]


def test_a_turn_costs_the_same_after_ten_thousand():
    book = chat(echo, pace=AT_ONCE, overrides={"behaviour.limits.context": False})
    for number in range(10_000):
        book.say(str(number))
    last = book.log[-1].command
    assert isinstance(last, TurnComplete)
    assert last.usage.prompt["TEXT"] > 100_000
