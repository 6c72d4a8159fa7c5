"""Google's tools in a session: they go out in order with what is said, and not at all once the turn is cut."""

from typing import Any

from book import CASCADE, NATIVE, NEW, TEXT, chat, content, in_turns, listening, opened, replies, spoken

from gemlive_emulator.scenario.builtin import respond
from gemlive_emulator.session.google_tools import Browsed, CodeRan, CodeWritten, Grounded, Searched, Support, UrlsRead
from gemlive_emulator.session.steps import Pause, Say, Tell
from gemlive_emulator.testing.playbook import Playbook
from gemlive_emulator.wire.endpoint import Backend, Endpoint

SEARCH = Tell((Searched(("cats",)),))
GROUND = Tell((Grounded(("cats",)),))
OUTPUT = {"outputAudioTranscription": {}}


def seen(book: Playbook) -> list[str]:
    """What the client got, by the first key of each part or content."""
    told = []
    for one in content(book):
        parts = one.get("modelTurn", {}).get("parts", [one])
        told += [next(iter(part), "") for part in parts if not part.get("thought")]
    return told


def test_code_comes_before_the_words_and_grounding_behind_them():
    book = chat(replies(SEARCH, Say("Cats purr."), GROUND), CASCADE)
    book.say("What do cats do?")
    book.finish()
    assert seen(book) == [
        "executableCode",
        "codeExecutionResult",
        "text",
        "groundingMetadata",
        "generationComplete",
        "turnComplete",
    ]


def test_grounding_waits_for_the_speech_before_it():
    book = opened(replies(SEARCH, Say("Cats purr."), GROUND), NATIVE)
    book.say("What do cats do?")
    book.finish()
    told = seen(book)
    assert told[0] == "codeExecutionResult"
    assert set(told[1:-3]) == {"inlineData"}
    assert told[-3:] == ["groundingMetadata", "generationComplete", "turnComplete"]


def test_on_vertex_grounding_is_beside_the_end_and_only_of_its_own_turn():
    book = Playbook(in_turns([SEARCH, Say("Cats purr."), GROUND], [Say("Yes.")]), Endpoint(Backend.VERTEX))
    book.open("projects/p/locations/l/publishers/google/models/gemini-live-2.5-flash", generationConfig=TEXT)
    for words in ("What do cats do?", "Really?"):
        book.say(words)
        book.finish()
    ends = [one for one in content(book) if "turnComplete" in one]
    assert [one["groundingMetadata"] for one in ends] == [{"webSearchQueries": ["cats"]}, {}]
    assert "groundingMetadata" not in seen(book)


def test_what_waits_behind_a_pause_is_lost_with_the_turn():
    book = listening(replies(Say("Wait."), Pause(60), GROUND), NEW)
    book.say("What do cats do?")
    book.advance(3)
    spoken(book)
    assert any("interrupted" in one for one in content(book))
    assert "groundingMetadata" not in seen(book)


def test_history_has_the_words_and_not_the_code():
    ran = Tell((CodeWritten("print(6 * 7)"), CodeRan("42\n")))
    asked: list[Any] = []

    def answer(turn: Any, conversation: Any) -> Any:
        asked.append([one.text for one in conversation.history])
        yield ran
        yield Say("It is 42.")

    book = chat(answer, CASCADE)
    for words in ("What is 6 times 7?", "And again?"):
        book.say(words)
        book.finish()
    assert asked == [[], ["What is 6 times 7?", "It is 42."]]


def test_the_built_in_responder_searches_where_the_setup_has_the_tool():
    book = opened(respond, NATIVE, tools={"google_search": {}}, **OUTPUT)
    book.say("What is the current weather in Toronto, Canada?")
    book.finish()
    words = "".join(one["outputTranscription"]["text"] for one in content(book) if "outputTranscription" in one)
    assert words.startswith("According to a search, it is ")
    (grounding,) = [one["groundingMetadata"] for one in content(book) if "groundingMetadata" in one]
    assert grounding["webSearchQueries"] == ["current weather in Toronto, Canada"]
    assert "groundingSupports" not in grounding


def test_it_reads_pages():
    book = chat(respond, CASCADE, tools=[{"urlContext": {}}])
    book.say("What does https://example.com say?")
    book.finish()
    assert seen(book)[:3] == ["executableCode", "codeExecutionResult", "text"]
    assert "urlContextMetadata" in seen(book)


def test_a_support_ends_where_its_bytes_end():
    assert Support("né", 3, (0,)).end == 6
    assert Browsed(("a",)) != UrlsRead((("a", "SUCCESS"),))
