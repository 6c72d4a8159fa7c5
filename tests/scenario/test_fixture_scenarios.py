"""The sample scenarios whose point is a conversation: each is held in a session without a socket."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from scenario_client import SPEAKS, TEXT, Client

from gemlive_emulator.scenario.engine import Scenario, cast
from gemlive_emulator.scenario.loader import choose, load, parse
from gemlive_emulator.wire.errors import EmulatorError

ROOT = Path(__file__).parents[2]
SAMPLES = ROOT / "fixtures" / "scenarios"
PAGE = (ROOT / "docs" / "scenarios.md").read_text(encoding="utf-8")


def sample(name: str) -> Scenario:
    """The first scenario of a file."""
    return load(SAMPLES / name)[0]


def takes(name: str, **kinds: str) -> dict[str, Any]:
    """A function with these parameters."""
    properties = {parameter: {"type": kind} for parameter, kind in kinds.items()}
    return {"name": name, "parameters": {"type": "OBJECT", "properties": properties, "required": list(properties)}}


# The page


def test_the_page_lists_every_sample():
    assert sorted(re.findall(r"^\| `([\w-]+\.yaml)` \|", PAGE, re.MULTILINE)) == sorted(
        file.name for file in SAMPLES.glob("*.yaml")
    )


def test_the_case_that_takes_a_minute():
    [written] = re.findall(r"^```yaml\n(scenario: refund refused.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    (scenario,) = parse(written)
    client = Client(scenario, takes("start_refund", order="INTEGER"))
    assert client.say("I want my money back") == "How can I help?"
    choice = client.responder.last_choice
    assert choice is not None
    assert all(line in PAGE for line in choice.explain())
    client.say("A refund, please")
    assert client.give({"error": "too late"}) == "I am sorry, that did not work: too late."
    client.say("A refund, please")
    assert client.give({"result": "ok"}) == "Done. Your money is on its way."
    with pytest.raises(EmulatorError) as undeclared:
        Client(scenario).say("A refund, please")
    assert str(undeclared.value) in PAGE


# Booking

FIND = takes("find_tables", day="STRING", people="INTEGER")
BOOK = takes("book_table", table="INTEGER", people="INTEGER")
FREE = {"tables": [{"number": 7, "time": "8 pm"}, {"number": 9, "time": "9 pm"}]}


def booking() -> Client:
    return Client(sample("booking.yaml"), FIND, BOOK)


def test_a_table_is_found_and_then_booked():
    client = booking()
    assert client.say("A table for tonight, please") == ""
    assert client.call["args"] == {"day": "tonight", "people": 2}
    assert client.give(FREE) == "Table 7 is free at 8 pm. Shall I book it?"
    assert client.say("Yes, please.") == ""
    assert (client.call["name"], client.call["args"]) == ("book_table", {"table": 7, "people": 2})
    assert client.give({"code": "X42"}) == "Booked. Your code is X42."
    assert client.say("Yes?") == "I can book a table for you."


def test_what_one_function_returns_goes_into_the_next():
    client = booking()
    client.say("Any table will do")
    client.give(FREE)
    assert (client.call["name"], client.call["args"]) == ("book_table", {"table": 7, "people": 2})
    assert client.give({"output": {"code": "X43"}}) == "You have table 7. Your code is X43."


def test_a_full_house_a_closed_book_and_a_change_of_mind():
    client = booking()
    for ask in ("any table", "a table"):
        client.say(ask)
        assert client.give({"tables": []}) == "We are full tonight, I am afraid."
    client.say("a table")
    assert client.give({"error": "no connection"}) == "I cannot look into the book: no connection."
    client.say("a table")
    client.give(FREE)
    client.say("yes")
    assert client.give({"error": "just taken"}) == "Somebody was faster: just taken. Shall I look again?"
    assert client.say("no") == "As you like. Another day?"
    assert client.say("no") == "I can book a table for you."


# A slow function

DEPOT = takes("track_parcel", number="INTEGER")


def parcel(**more: Any) -> Client:
    client = Client(sample("slow-tool.yaml"), {**DEPOT, **more}, {"name": "count_stock", **more})
    assert client.say("Where is my parcel?") == "I am asking the depot. "
    return client


def test_the_depot_answers_in_time():
    client = parcel()
    assert client.give({"place": "in Graz"}) == "Your parcel is in Graz."


@pytest.mark.parametrize("more", [{}, {"behavior": "NON_BLOCKING"}])
def test_the_depot_answers_too_late(more: dict[str, Any]):
    client = parcel(**more)
    assert client.news(7.9) == ""
    assert client.news(0.2) == "The depot does not answer. I will tell you when it does."
    assert client.say("Hm?") == "Ask me something else meanwhile. You said: Hm?"
    assert client.give({"place": "in Linz"}) == "The depot has answered at last: your parcel is in Linz."


def test_the_depot_has_lost_it():
    assert parcel().give({"error": "no such parcel"}) == "The depot says: no such parcel."


def test_an_interruption_cancels_the_question_to_the_depot():
    client = Client(sample("slow-tool.yaml"), DEPOT, "count_stock", model=SPEAKS)
    client.say("Where is my parcel?")
    assert client.speak() == (
        "I have stopped asking the depot. Ask me something else meanwhile. You said: (speech 1.00 s)"
    )
    assert client.seen("toolCallCancellation")


def test_a_count_is_told_as_it_grows():
    client = parcel(behavior="NON_BLOCKING")
    client.give({"place": "here"})
    assert client.say("How many are in stock?") == "I am having them counted. "
    assert client.give({"counted": 10}, willContinue=True) == "10 so far. "
    assert client.give({"counted": 12}) == "12 so far. "


# A tutor who is interrupted


def lesson(seconds: float) -> Client:
    """The question, and then something is said aloud after so much time."""
    client = Client(sample("tutor.yaml"), model=SPEAKS, paced=True)
    client.say("Why is the sky blue?")
    client.news(seconds)
    client.speak()
    return client


def test_the_lesson_as_it_should_go():
    client = lesson(6)
    assert client.news(3).startswith("A molecule is")
    client.news(20)
    client.say("Yes, please go on.")
    assert "evening" in client.news(20)
    assert client.responder.problems == client.responder.unreached == []


def test_the_lesson_when_nobody_interrupts():
    client = lesson(60)
    [problem] = client.responder.problems
    assert problem.startswith("Script exchange 2: expected that the user interrupts")
    assert client.book.closed is not None
    assert problem.startswith(client.book.closed[1])


# An interpreter


def test_the_translator_changes_its_language():
    client = Client(sample("translator.yaml"))
    asked = ("Good morning", "Spanish, please", "Good morning!", "Where is the station?", "French, please", "Thank you")
    assert [client.say(text) for text in asked] == [
        "Bonjour.",
        "De acuerdo.",
        "Buenos días.",
        "¿Dónde está la estación?",
        "D'accord.",
        "Merci.",
    ]
    assert client.say("A beer, please") == "« A beer, please »"


def test_the_translator_is_told_its_language_beforehand():
    client = Client(sample("translator.yaml"), systemInstruction={"parts": [{"text": "Translate into Spanish."}]})
    assert client.say("Hello") == "Dígame."
    assert client.say("Thanks") == "Gracias."


def test_the_rehearsed_translator_knows_what_is_said():
    desk = choose(load(SAMPLES / "translator.yaml"), "rehearsed translator").responder()
    assert [desk.foreknown.says() for _ in range(3)] == ["Good morning", "Where is the station?", None]


# A summary at the end


def test_the_summary_goes_through_a_function():
    client = Client(sample("summary.yaml"), takes("save_summary", summary="STRING"))
    assert client.say("My name is Ada") == "I have noted that. What else?"
    assert client.say("I grow roses") == "I have noted that as well. What else?"
    client.say("Goodbye")
    assert client.call["args"] == {"summary": "In 3 turns we talked about this: My name is Ada; I grow roses."}
    assert client.give({"result": "ok"}) == "I have kept a summary. Goodbye!"


def test_a_summary_that_cannot_be_kept():
    client = Client(sample("summary.yaml"), takes("save_summary", summary="STRING"))
    client.say("I grow roses")
    client.say("Goodbye")
    assert client.give({"error": "disk full"}) == "I could not keep what we said: disk full. Goodbye!"
    client.say("Goodbye")
    assert client.news(10) == "I do not know whether our summary was kept. Goodbye!"


@pytest.mark.parametrize("before", [(), ("I grow roses",)])
def test_no_summary_without_a_function_for_it(before: Sequence[str]):
    client = Client(sample("summary.yaml"))
    for text in before:
        client.say(text)
    assert client.say("Goodbye") == "Goodbye! There is nothing that I could keep, or nowhere to keep it."


# A story


def test_the_story_is_long_and_goes_on():
    client = Client(sample("long-story.yaml"), model=SPEAKS, paced=True)
    client.say("Tell me a story")
    client.news(20)
    assert not client.ended
    client.speak()
    assert "Yes? I heard you for" in client.news(5)
    assert client.ended == 2
    client.say("Go on")
    assert "loaf of bread" in client.news(60)
    client.say("Go on")
    assert client.news(10) == "I only tell stories. You said: Go on"


# Google's tools


def test_the_research_desk():
    client = Client(sample("research-desk.yaml"), model="models/gemini-live-2.5-flash-preview", generationConfig=TEXT)
    assert client.say("Search") == "The tallest lighthouse is 133 m high [1]."
    assert client.say("Compute") == "17 times 23 is 391."
    assert client.say("Read") == "I could read one of the two pages."
    assert client.say("Hm") == "I can search, compute and read."
    contents = [message.body["serverContent"] for message in client.book.messages if "serverContent" in message.body]
    parts = [part for content in contents for part in content.get("modelTurn", {}).get("parts", [])]
    assert "print(17 * 23)" in [part["executableCode"]["code"] for part in parts if "executableCode" in part]
    assert "391\n" in [part["codeExecutionResult"]["output"] for part in parts if "codeExecutionResult" in part]
    [grounding] = [content["groundingMetadata"] for content in contents if "groundingMetadata" in content]
    assert grounding["webSearchQueries"] == ["tallest lighthouse"]
    assert any("urlContextMetadata" in content for content in contents)


# Agents who hand over


def agent(scenario: Scenario, instruction: str) -> Client:
    transfer = takes("transfer_to", agent="STRING", reason="STRING")
    return Client(scenario, transfer, systemInstruction={"parts": [{"text": instruction}]})


def test_reception_hands_over_to_billing():
    scenario = sample("hand-over.yaml")
    reception = agent(scenario, "You are the reception of a bicycle shop.")
    assert reception.say("Hello") == "This is reception. What is it about?"
    assert reception.say("My invoice is wrong") == "One moment, I am connecting you with billing. "
    assert reception.call["args"] == {"agent": "billing", "reason": "My invoice is wrong"}
    assert reception.give({"result": "ok"}) == "You are being put through."
    billing = agent(scenario, "You do the billing of a bicycle shop.")
    assert billing.say("I want a refund") == "This is billing. I see: My invoice is wrong. Your money is on its way."
    assert billing.say("And my bell is broken") == ""
    assert billing.call["args"]["agent"] == "reception"
    assert billing.give({"result": "ok"}) == "I am giving you back to reception."


def test_nobody_takes_over():
    scenario = sample("hand-over.yaml")
    reception = agent(scenario, "You are the reception.")
    reception.say("I paid twice")
    assert reception.give({"error": "closed"}) == "Billing is not there: closed. Can I take a message?"
    assert agent(scenario, "You sell.").say("Hi").endswith("The system instruction was: You sell.")


# Quota


def test_the_quota_is_used_up_after_three_turns():
    scenarios = load(SAMPLES / "quota-day.yaml")
    first = Client(cast(scenarios, connection=1))
    assert [first.say("Hello") for _ in range(3)] == [f"This was turn {number} of three." for number in (1, 2, 3)]
    usages = [message.body["usageMetadata"] for message in first.book.messages if "usageMetadata" in message.body]
    assert [usage["promptTokenCount"] for usage in usages] == [300_000] * 3
    first.say("Hello")
    second = Client(cast(scenarios, connection=2))
    second.say("Hello?")
    for client in (first, second):
        assert client.book.closed is not None
        assert client.book.closed[0] == 1011
        assert client.book.closed[1].startswith("You exceeded your current quota")
    assert (
        Client(cast(scenarios, connection=3)).say("Hello") == "Good morning. This is connection 1."
    )  # a playbook is always the first


# A network


def test_each_connection_of_the_flaky_network_has_its_faults():
    scenario = sample("flaky-network.yaml")
    struck = [[fault.form.kind() for fault in scenario.faults if fault.form.is_for(number)] for number in range(1, 7)]
    assert struck == [
        ["refuse"],
        ["delay", "close"],
        ["latency", "drop"],
        ["drop", "duplicate"],
        ["stall"],
        [],
    ]
