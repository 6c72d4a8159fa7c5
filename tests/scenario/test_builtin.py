"""The built-in responder: recorded answers, memory, and nothing that a text can do to it."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from talk import Talk, spoken

from gemlive_emulator.audio.formant import FormantVoice
from gemlive_emulator.audio.sentences import split_sentences
from gemlive_emulator.audio.speech import OUTPUT_RATE
from gemlive_emulator.scenario.asked import LONGEST_ECHO, Asked
from gemlive_emulator.scenario.builtin import BEHAVIOURS, respond
from gemlive_emulator.session.hearing import placeholder
from gemlive_emulator.session.steps import Said, Say, UserTurn


@pytest.mark.parametrize(
    ("asked", "answer"),
    [
        ("hello", "Hello there! How can I help you today?\n"),
        ("Hello", "Hello there! How can I help you today?\n"),
        ("Good morning, Gemini!", "Hello there! How can I help you today?\n"),
        ("Say a short greeting", "Hello there! How can I help you today?\n"),
        ("Hello? Gemini are you there?", "Yes, I am here! How can I help you today?\n"),
        ("Are you there Gemini?", "Yes, I am here! How can I help you today?\n"),
        ("What is the capital of Brazil?", "The capital of Brazil is **Brasília**.\n"),
        ("what's the capital city of the netherlands", "The capital of the Netherlands is **Amsterdam**.\n"),
        ("Capital of the United States please", "The capital of the United States is **Washington, D.C.**\n"),
        ("Say hello to the world", "hello to the world\n"),
        ('Please say: "One, two, three."', "One, two, three.\n"),
        ("repeat after me: **Well** done", "**Well** done\n"),
        ("say '''", "'''\n"),
        ("count from 1 to 5", "1, 2, 3, 4, 5.\n"),
        ("count to 3's end", "1, 2, 3.\n"),
        (
            "who are you?",
            "I am the built-in responder of a local emulator, and I stand in for gemini-2.0-flash-live-001.\n",
        ),
        ("  The lights {turn.text} are on ", "You said: The lights {turn.text} are on\n"),
        ("👍", "You said: 👍\n"),
    ],
)
def test_a_turn_gets_the_recorded_answer_or_one_like_it(asked: str, answer: str):
    assert Talk().say(asked) == answer


@pytest.mark.parametrize(
    ("asked", "part"),
    [
        ("what can u help me in ", "*   **Remember:**"),
        ("Can you tell me a joke?", "?"),
        ("Hey, tell me a joke about rabbit", "rabbit"),
        ("What is the weather like today?", "cannot look out of the window"),
        ("Get the current temperature in New York.", "no live data"),
        ("Hello what should we talk about?", "We could talk about"),
        ("What time is it?", "cannot see a clock"),
        ("How are you?", "doing well"),
        ("Thank you so much", "welcome"),
        ("ok, bye", "Goodbye"),
        ("tell me a story", "clockmaker"),
        ("Tell me another story!", "clockmaker"),
        ("Can you tell me a long story?", "lighthouse"),
        ("What is the capital of Wakanda?", "not among them"),
        ("count to 999", ", 200."),
    ],
)
def test_a_turn_gets_an_answer_about_its_topic(asked: str, part: str):
    assert part in Talk().say(asked)


def test_seed_conversation_recalls_the_last_question():
    talk = Talk()
    talk.say("Hello")
    talk.say("What is the capital of Brazil?")
    assert talk.say("what was the last question I asked?") == (
        'The last question you asked was: "What is the capital of Brazil?"\n'
    )


def test_the_first_question_is_recalled_too():
    talk = Talk()
    talk.say("Tell me a joke")
    talk.say("How are you?")
    assert talk.say("what was my first question?") == 'The first question you asked was: "Tell me a joke"\n'


def test_where_nothing_was_asked_the_last_thing_said_is_the_question():
    talk = Talk()
    talk.say("I like trains")
    talk.say(".")
    assert talk.say("what was my last question?") == 'The last question you asked was: "I like trains"\n'


def test_a_long_text_counts_as_a_question_by_its_end():
    talk = Talk()
    talk.say("I wonder. " * 50 + "Do you?")
    talk.say("Blue. " * 100)
    assert talk.say("what was my last question?").endswith('Do you?"\n')


def test_before_anything_was_asked_there_is_no_question():
    assert Talk().say("what was my last question?") == "You have not asked me anything yet.\n"


@pytest.mark.parametrize(
    "told",
    [
        "Remember the number 42. Just acknowledge it.",
        "My number is 42, keep it",
        "please remember 42",
        "remember the number: 42.",
    ],
)
def test_a_number_is_remembered_over_other_turns(told: str):
    talk = Talk(modality="AUDIO")
    assert "42" in talk.say(told)
    talk.say("How are you?")
    talk.say("what number did I ask you to remember?")
    assert talk.say("What number did I ask you to remember?") == "The number is 42."


def test_a_number_in_words_is_remembered():
    talk = Talk()
    talk.say("Remember the number forty-two")
    assert talk.say("what was the number?") == "The number is forty-two.\n"


def test_the_word_number_alone_is_nothing_to_remember():
    assert Talk().say("I have a number of ideas") == "You said: I have a number of ideas\n"


def test_a_name_is_remembered():
    talk = Talk()
    assert talk.say("Hello, my name is Marcelo") == "Nice to meet you, Marcelo! How can I help you today?\n"
    talk.say("tell me a joke")
    assert talk.say("what is my name?") == "Your name is Marcelo.\n"
    talk.say("Call me Ishmael")
    assert talk.say("Who am I?") == "Your name is Ishmael.\n"


def test_anything_else_is_remembered_as_a_note():
    talk = Talk()
    assert talk.say("Remember that my cat is called Mia.") == "I will remember that: my cat is called Mia.\n"
    assert talk.say("what did I ask you to remember?") == "my cat is called Mia.\n"


@pytest.mark.parametrize("what", ["number", "name"])
def test_what_was_never_told_is_not_known(what: str):
    assert Talk().say(f"what is my {what}?") == f"You have not told me a {what} yet.\n"


def test_recall_looks_back_a_bounded_way():
    old = [Said("user", "remember the number 42"), Said("model", "yes")]
    talk = Talk(history=old + [Said("user", "well"), Said("model", "well")] * 1_100)
    assert talk.say("what was the number?") == "You have not told me a number yet.\n"


def test_a_summary_has_a_short_line_for_each_entry():
    talk = Talk()
    talk.say("hello")
    talk.say("\n\nA rather long thought about trains:" + " choo" * 30 + "\nand a second line")
    assert talk.say("Please summarize our conversation") == (
        "Here is our conversation in short:\n"
        "* You said: hello.\n"
        "* I said: Hello there! How can I help you today?\n"
        "* You said: A rather long thought about trains: choo choo choo choo choo choo choo choo …\n"
        "* I said: You said: A rather long thought about trains: choo choo choo choo choo choo …\n"
    )


def test_a_summary_can_be_spoken():
    talk = Talk(modality="AUDIO")
    talk.say("hello")
    assert talk.say("give me a summary") == (
        "Here is our conversation in short: You said: hello. I said: Hello there! How can I help you today?"
    )


def test_a_summary_of_a_long_conversation_is_its_end():
    talk = Talk(history=[Said("user", "   ")] * 5_000)
    lines = talk.say("summary").splitlines()
    assert lines[:2] == ["Here are the last 30 of 5000 entries of our conversation:", "* You said: nothing."]
    assert len(lines) == 31


def test_before_anything_was_said_there_is_nothing_to_sum_up():
    assert "nothing to sum up" in Talk().say("summary please")


@pytest.mark.parametrize("nudge", ["", " ", ".", "...", "\n"])
def test_a_turn_without_words_answers_what_waits_for_an_answer(nudge: str):
    talk = Talk(history=[Said("user", "Hi"), Said("model", "Hello"), Said("user", "What is the capital of Peru?")])
    assert talk.say(nudge) == "The capital of Peru is **Lima**.\n"


@pytest.mark.parametrize("history", [[], [Said("user", "Hi"), Said("model", "Hello")], [Said("user", ".")]])
def test_a_turn_without_words_is_greeted_if_nothing_waits(history: list[Said]):
    assert Talk(history=history).say(".") == "Hello there! How can I help you today?\n"


def test_images_and_files_are_counted():
    talk = Talk()
    assert talk.say("", other_parts=1) == "I received 1 image or file.\n"
    assert talk.say("", other_parts=3) == "I received 3 images or files.\n"
    assert talk.say("Look at this", other_parts=2) == "You said: Look at this (and sent 2 images or files)\n"


def answer_to(turn: UserTurn, **about) -> str:
    """What is said aloud to a turn."""
    (step,) = respond(turn, Talk(modality="AUDIO", **about))
    assert isinstance(step, Say)
    return step.text


@pytest.mark.parametrize(
    ("instruction", "answer"),
    [
        ("", "I received 300 images."),
        ("You are a helpful assistant.", "I received 300 images."),
        (
            "You are a helpful assistant watching a video. Describe any animals you see.",
            "I received 300 images. I am to describe any animals, but this emulator has no eyes: let a scenario say "
            "what I see.",
        ),
        (
            "describe the colours that you can see\nand be brief",
            "I received 300 images. I am to describe the colours, but this emulator has no eyes: let a scenario say "
            "what I see.",
        ),
    ],
)
def test_video_is_counted_and_nothing_is_made_up_about_it(instruction: str, answer: str):
    assert answer_to(UserTurn("", 1, "realtime", 300), system_instruction=instruction) == answer


def test_one_frame_is_one_image():
    assert answer_to(UserTurn("", 1, "realtime", 1)) == "I received 1 image."


def test_speech_with_known_words_is_answered_as_if_it_was_typed():
    talk = Talk(modality="AUDIO")
    assert talk.hear("What is the capital of Brazil?") == [Say("The capital of Brazil is Brasília.")]
    assert talk.hear("what was the last question I asked?") == [
        Say('The last question you asked was: "What is the capital of Brazil?"')
    ]


def test_speech_that_nobody_knows_the_words_of_is_not_taken_for_words():
    assert answer_to(spoken(seconds=1.84)) == "I heard you speak for 1.8 seconds, but nobody told me what you said."
    assert answer_to(spoken(seconds=61.25, other_parts=2)) == (
        "I heard you speak for 61.2 seconds and received 2 images, but nobody told me what you said."
    )


def test_typed_words_beside_speech_are_answered():
    turn = UserTurn("Hello (speech 0.50 s)", 1, "realtime", 0, placeholder(0.5), 0.5)
    assert answer_to(turn) == "Hello there! How can I help you today?"


def test_what_looks_like_a_placeholder_but_was_typed_is_text():
    talk = Talk()
    assert talk.say("(speech 1.84 s)") == "You said: (speech 1.84 s)\n"
    assert "You said: (speech 1.84 s)." in talk.say("summary")


def test_a_nudge_after_speech_answers_the_speech():
    talk = Talk(modality="AUDIO", history=[Said("user", "(speech 1.84 s)", "AUDIO")])
    assert talk.say(".") == "I heard you speak for 1.8 seconds, but nobody told me what you said."
    talk = Talk(modality="AUDIO", history=[Said("user", "What is the capital of Peru?", "AUDIO")])
    assert talk.say(".") == "The capital of Peru is Lima."


def test_unknown_speech_is_named_in_a_summary():
    talk = Talk(modality="AUDIO")
    talk.hear(seconds=1.84)
    talk.hear("Hello")
    assert talk.say("summary") == (
        "Here is our conversation in short: You spoke for 1.8 seconds. "
        "I said: I heard you speak for 1.8 seconds, but nobody told me what you said. "
        "You said: Hello. I said: Hello there! How can I help you today?"
    )


def test_unknown_speech_is_no_question_but_is_owned_up_to():
    talk = Talk(modality="AUDIO")
    talk.hear(seconds=3)
    talk.hear(seconds=1.84)
    assert talk.say("what was my last question?") == "You spoke for 1.8 seconds, but nobody told me what you said."
    assert "what was my last question?" in talk.say("what was my first question?")


def test_what_was_told_aloud_is_recalled_past_unknown_speech():
    talk = Talk(modality="AUDIO")
    talk.hear("Remember the number 42")
    talk.hear()
    assert talk.say("what was the number?") == "The number is 42."


def test_who_is_stuck_is_comforted_and_helped():
    talk = Talk(modality="AUDIO", system_instruction="You are a senior technical advisor for a complex AI project.")
    assert talk.say(
        "I have been staring at this API docs for two hours now! It's so confusing and I can't even find where to "
        "start the streaming request. I'm completely stuck!"
    ).startswith("I am sorry to hear that")
    assert talk.say(
        "Okay, thanks. I'm using Python. What is the single most important parameter I need to set up for a "
        "successful streaming connection?"
    ).startswith("It is the model in the setup")


@pytest.mark.parametrize(("asked", "least", "most"), [("tell me a story", 15, 25), ("tell me a long story", 45, 65)])
def test_a_story_is_as_long_as_a_rehearsal_of_an_interruption_needs(asked: str, least: float, most: float):
    story = answer_to(UserTurn(asked, 1))
    sounds = [FormantVoice().speak(sentence, "Puck", "en-US") for sentence in split_sentences(story)]
    assert least <= sum(len(sound.pcm) for sound in sounds) / 2 / OUTPUT_RATE <= most


def test_speech_has_no_markup_and_no_line_breaks():
    talk = Talk(modality="AUDIO")
    assert talk.say("What is the capital of Brazil?") == "The capital of Brazil is Brasília."
    assert talk.say("see `x_y` *now*\nor\x00 never") == "You said: see x y now or never"
    assert talk.say("say ***") == "I have no words for that."


def test_a_lone_surrogate_does_not_come_back():
    assert Talk().say("a\ud800b") == "You said: a?b\n"


def test_another_turn_gets_another_joke():
    talk = Talk()
    assert talk.say("tell me a joke") != talk.say("tell me a joke")


def test_a_very_long_text_is_echoed_in_part():
    assert Talk().say("x" * 1_000_000) == f"You said: {'x' * LONGEST_ECHO}\n"


@given(text=st.text(), modality=st.sampled_from(["TEXT", "AUDIO"]), parts=st.integers(0, 2))
def test_every_text_gets_one_answer_and_always_the_same(text: str, modality: str, parts: int):
    first = Talk(modality=modality).say(text, other_parts=parts)
    assert first == Talk(modality=modality).say(text, other_parts=parts)
    assert first.strip()
    assert modality == "AUDIO" or first.endswith("\n")


@given(text=st.text(max_size=60))
def test_each_behaviour_says_why_not_or_has_an_answer(text: str):
    asked = Asked.of(UserTurn(text, 1), Talk())
    for behaviour in BEHAVIOURS:
        why = behaviour.why_not(asked)
        assert why or behaviour.answer(asked)


class CountedHistory(list[Said]):
    """A history that knows how many of its entries were looked at."""

    looks = 0

    def __getitem__(self, index):
        self.looks += 1
        return super().__getitem__(index)

    def __iter__(self):
        raise AssertionError("the whole history was walked through")


@pytest.mark.parametrize("text", ["hello", "What is the capital of Peru?", "I like trains", "."])
def test_an_ordinary_turn_does_not_look_through_the_history(text: str):
    talk = Talk()
    talk.history = CountedHistory([Said("user", "a"), Said("model", "b")] * 10_000)
    assert [type(step) for step in respond(UserTurn(text, 10_001), talk)] == [Say]
    assert talk.history.looks <= 1


def test_a_hostile_text_costs_no_more_than_its_length():
    texts = [
        "say" + " " * 900_000,
        "please " * 100_000,
        "remember number " * 50_000,
        "a" * 900_000 + "?",
        "'" * 900_000,
    ]
    started = time.process_time()
    for text in texts:
        Talk().say(text)
    assert time.process_time() - started < 5  # a text whose cost grows with its square would take minutes
