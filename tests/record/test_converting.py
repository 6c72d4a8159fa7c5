"""A recording becomes a scenario that gives the same conversation."""

import json
from pathlib import Path
from typing import Any

import pytest
from recorded_desk import SETUP, Talker, quick, recording, talking, tape_of
from tapes import DONE, READY, client, closed, says, server, sound, tape, typed

from gemlive_emulator import Emulator
from gemlive_emulator.record.converting import Converted, convert, written
from gemlive_emulator.scenario.loader import parse
from gemlive_emulator.wire.errors import EmulatorError
from gemlive_emulator.wire.tape import Tape, Taped

TOOLS = {
    "functionDeclarations": [
        {
            "name": name,
            "parameters": {"type": "OBJECT", "properties": {"city": {"type": "STRING"}, "days": {"type": "INTEGER"}}},
        }
        for name in ("get_weather", "get_time")
    ]
}
WITH_TOOLS = {"setup": {**SETUP["setup"], "tools": [TOOLS]}}
DESK = """
rules:
  - when: {text: weather}
    then:
      - say: "Let me look. "
      - call: get_weather
        args: {city: Oslo, days: 2}
      - say: "It is {result.sky} in Oslo {{really}}."
  - when: {text: both}
    then:
      - calls: [{call: get_weather, args: {city: Rome}}, {call: get_time}]
      - say: "It is {results.get_weather.sky}, and {results.get_time.now}."
  - when: {text: think}
    then:
      - think: "Hm."
      - say: "Yes."
  - when: {text: nothing}
    then:
      - end_turn: {reason: RESPONSE_REJECTED}
  - when: {text: bye}
    then:
      - say: "Goodbye!"
      - close: {code: 1000, reason: "The desk is closed."}
otherwise:
  - say: "You said: {turn.text}"
"""


def script(converted: Converted) -> list[dict[str, Any]]:
    """The script, once it was written and read as a scenario."""
    parse(written(converted, "this.jsonl"))
    found = converted.scenario["script"]
    assert isinstance(found, list)
    return found


def made(*taped: Taped) -> Converted:
    return convert(tape(client(0, SETUP), server(0, READY), *taped), "made")


async def conversation(url: str) -> list[Any]:
    """All that the server says to one client, but for ids."""
    heard: list[Any] = []
    async with talking(url, WITH_TOOLS) as talker:
        heard += await talker.say("Hello /there/ {you}")
        heard += await calling(talker, "The weather?", sky="rainy")
        heard += await calling(talker, "And both?", sky="sunny", now="3 o'clock")
        heard += await talker.say("Just think")
        heard += await talker.say("Say nothing")
        heard += await talker.say("/slashed/")
        await talker.send(typed("Bye"))
        async for message in talker.socket:
            heard.append(json.loads(message))
        heard.append((talker.socket.close_code, talker.socket.close_reason))
    return heard


async def calling(talker: Talker, text: str, **response: Any) -> list[Any]:
    """A turn in which functions are called, all of which return this."""
    await talker.send(typed(text))
    heard: list[Any] = []
    while True:
        message = await talker.receive()
        heard.append(message)
        if "toolCall" in message:
            calls = message["toolCall"]["functionCalls"]
            returned = [{"id": call.pop("id"), "name": call["name"], "response": response} for call in calls]
            await talker.send({"toolResponse": {"functionResponses": returned}})
        if message.get("serverContent", {}).get("turnComplete"):
            return heard


async def test_the_scenario_of_a_recording_gives_the_same_conversation(tmp_path: Path) -> None:
    desk = tmp_path / "desk.yaml"
    desk.write_text(DESK, encoding="utf-8")
    async with Emulator(quick(scenario=str(desk))) as service, recording(tmp_path / "calls", service) as recorder:
        first = await conversation(recorder.url)
        [path] = recorder.files
    converted = convert(tape_of(path), "again")
    assert converted.notes == ()
    again = tmp_path / "again.yaml"
    again.write_text(written(converted, path.name), encoding="utf-8")
    async with Emulator(quick(scenario=str(again))) as emulator:
        assert await conversation(emulator.url) == first


async def test_another_conversation_fails(tmp_path: Path) -> None:
    async with Emulator(quick()) as service, recording(tmp_path / "calls", service) as recorder:
        async with talking(recorder.url) as talker:
            await talker.say("Hello")
        [path] = recorder.files
    again = tmp_path / "again.yaml"
    again.write_text(written(convert(tape_of(path), "again"), path.name), encoding="utf-8")
    emulator = Emulator(quick(scenario=str(again)))
    await emulator.start()
    async with talking(emulator.url) as talker:
        await talker.send(typed("Good day"))
        await talker.socket.wait_closed()
    await emulator.stop()
    with pytest.raises(EmulatorError, match='expected that the text is "Hello", got "Good day"'):
        emulator.check()


AUDIO_SETUP = {
    "setup": {
        "model": "models/gemini-2.5-flash-native-audio-preview-12-2025",
        "inputAudioTranscription": {},
        "outputAudioTranscription": {},
    }
}


async def speaking(url: str) -> dict[str, str]:
    """A spoken turn: what was transcribed of it, and of the answer."""
    async with talking(url, AUDIO_SETUP) as talker:
        for _ in range(40):
            await talker.send(sound(bytes(range(1, 251)) * 4))
        await talker.send({"realtimeInput": {"audioStreamEnd": True}})
        heard = [message.get("serverContent", {}) for message in await talker.turn()]
    names = ("inputTranscription", "outputTranscription")
    return {name: "".join(content.get(name, {}).get("text", "") for content in heard) for name in names}


async def test_a_spoken_conversation_is_told_in_words(tmp_path: Path) -> None:
    async with Emulator(quick()) as service, recording(tmp_path / "calls", service, sound=False) as recorder:
        service.user_says("What is your name?")
        first = await speaking(recorder.url)
        [path] = recorder.files
    converted = convert(tape_of(path), "spoken")
    [exchange] = script(converted)
    assert exchange["expect"] == {"heard": "What is your name?"}
    assert exchange["says"] == "What is your name?"
    assert "".join(step.get("say", "") for step in exchange["reply"]) == first["outputTranscription"]
    again = tmp_path / "again.yaml"
    again.write_text(written(converted, path.name), encoding="utf-8")
    async with Emulator(quick(scenario=str(again))) as emulator:
        assert await speaking(emulator.url) == first


def test_speech_whose_words_nobody_wrote_down_is_speech() -> None:
    part = {"serverContent": {"modelTurn": {"parts": [{"inlineData": {"mimeType": "audio/pcm", "data": "AAAA"}}]}}}
    [exchange] = script(made(client(1, sound(b"\1\2" * 50)), server(2, part), server(3, DONE)))
    assert exchange["expect"] == {"audio": "any"}
    assert exchange["reply"] == [{"say": "The words of this answer were not recorded."}]
    assert "says" not in exchange


def test_silence_is_no_turn() -> None:
    found = script(
        made(client(1, typed("Hello")), client(1.1, sound(bytes(320))), server(2, says("Hi")), server(2, DONE))
    )
    assert [exchange["expect"] for exchange in found] == [{"text": "Hello"}]


def test_the_time_of_answers_becomes_timing_and_pauses() -> None:
    converted = made(
        client(1.0, typed("one")),
        server(1.25, says("quick")),
        server(1.3, DONE),
        client(5.0, typed("two")),
        server(7.25, says("slow, ")),
        server(7.5, says("and ")),
        server(9.0, says("halting")),
        server(9.1, DONE),
    )
    assert converted.scenario["timing"] == {"first_text": "250ms"}
    assert [exchange["reply"] for exchange in script(converted)] == [
        [{"say": "quick"}],
        [{"pause": "2000ms"}, {"say": "slow, and "}, {"pause": "1500ms"}, {"say": "halting"}],
    ]


def test_an_interrupted_answer_waits_to_be_interrupted() -> None:
    found = script(
        made(
            client(1, typed("Tell me")),
            server(2, says("Once upon")),
            client(3, typed("Stop")),
            server(3, {"serverContent": {"interrupted": True}}),
            server(3, DONE),
            server(4, says("Yes?")),
            server(4, DONE),
        )
    )
    assert [exchange["expect"] for exchange in found] == [
        {"text": "Tell me"},
        {"interruption": "any"},
        {"text": "Stop"},
    ]
    assert found[0]["reply"] == [{"say": "Once upon"}, {"pause": "1h"}]
    assert found[2]["reply"] == [{"say": "Yes?"}]


@pytest.mark.parametrize(
    ("end", "step"),
    [
        (closed(3, 1011, "Out of it"), {"code": 1011, "reason": "Out of it"}),
        (closed(3, 1000), {"code": 1000}),
        (closed(3, 1006), "eof"),
    ],
)
def test_an_end_in_the_middle_of_an_answer_is_its_last_step(end: Taped, step: Any) -> None:
    [exchange] = script(made(client(1, typed("Hello")), server(2, says("Well, ")), end))
    assert exchange["reply"][-1] == {"close": step}


def test_a_turn_that_nobody_answers_is_silence() -> None:
    [exchange] = script(made(client(1, typed("Hello"))))
    assert exchange["reply"] == [{"silence": {}}]


def test_an_empty_turn_is_known_by_its_number() -> None:
    [exchange] = script(made(client(1, {"clientContent": {"turnComplete": True}}), server(2, DONE)))
    assert exchange == {"expect": {"turn": 1}, "reply": [{"end_turn": {}}]}


def test_a_word_of_going_away_is_a_step() -> None:
    away = {"goAway": {"timeLeft": "50s"}}
    [exchange] = script(made(client(1, typed("Hello")), server(1, away), server(1, says("Hi")), server(1, DONE)))
    assert exchange["reply"] == [{"go_away": "50s"}, {"say": "Hi"}]


def test_what_has_no_place_in_a_script_is_told() -> None:
    converted = made(
        server(0, {"goAway": {"timeLeft": "9s"}}),
        client(1, typed("Hello")),
        server(2, says("Hi")),
        server(2, {"serverContent": {"groundingMetadata": {"webSearchQueries": ["x"]}, "turnComplete": True}}),
        server(3, {"goAway": {"timeLeft": "5s"}}),
        server(3, {"toolCallCancellation": {"ids": ["1"]}}),
        server(3, {"serverContent": {"modelTurn": {"parts": [{"executableCode": {"code": "1"}}]}}}),
        server(3, says("more")),
        server(3, DONE),
        client(3, {"toolResponse": {"functionResponses": [{"id": "1", "name": "late", "response": {}}]}}),
        client(3, {"contextUpdate": {"tools": {}}}),
        Taped(4, "client", b"{"),
        closed(5, 1008, "enough"),
    )
    assert len(script(converted)) == 1
    told = "\n".join(converted.notes)
    for word in ("before anybody", "groundingMetadata", "in 5s", "cancelled", "executableCode", "'more'", "late", "update",
                 "refuses", "1008 enough"):  # fmt: skip
        assert word in told
    assert written(converted, "x").count("# Not in here: ") == len(converted.notes)


def test_what_is_told_stays_in_its_comment() -> None:
    converted = made(
        client(1, typed("Hello")), server(2, says("Hi")), server(2, DONE), closed(3, 1008, "no\nfaults: []")
    )
    lines = written(converted, "call\r\u2028x.jsonl").splitlines()
    assert lines[0] == "# Made of call x.jsonl by gemlive-emulator convert."
    assert [line for line in lines if "faults" in line] == [
        "# Not in here: what the server did after the end of a turn (it closed with 1008 no faults: [])"
    ]


def test_history_is_no_turn() -> None:
    turns = [
        {"role": "user", "parts": [{"text": "Before"}]},
        {"role": "model", "parts": [{"text": "Then"}]},
        {"role": "user", "parts": [{"text": "Now"}]},
    ]
    content = {"clientContent": {"turns": turns}}
    end = {"realtimeInput": {"text": ""}}
    [exchange] = script(made(client(1, content), client(1, end), server(2, says("Yes")), server(2, DONE)))
    assert exchange["expect"] == {"text": "Now"}


def test_a_function_called_twice_has_two_names() -> None:
    calls = [{"id": str(number), "name": "look", "args": {"at": [f"{{{number}}}", number]}} for number in (1, 2)]
    responses = [
        {"id": str(number), "name": "look", "response": {"seen": True, "much": "x" * 999}} for number in (1, 2)
    ]
    converted = made(
        client(1, typed("Look")),
        server(2, {"toolCall": {"functionCalls": calls}}),
        client(3, {"toolResponse": {"functionResponses": responses}}),
        server(4, says("Seen")),
        server(4, DONE),
    )
    first, second = script(converted)
    assert first["reply"] == [
        {
            "calls": [
                {"call": "look", "args": {"at": ["{{1}}", 1]}, "as": "look_1"},
                {"call": "look", "args": {"at": ["{{2}}", 2]}, "as": "look_2"},
            ]
        }
    ]
    assert second == {
        "expect": {"tool_response": {"name": "look", "response": {"seen": "true"}}},
        "reply": [{"say": "Seen"}],
    }
    assert converted.scenario["timing"] == {"first_text": "1000ms"}


def test_a_recording_in_which_nobody_says_anything_is_no_script() -> None:
    with pytest.raises(EmulatorError, match="nobody says anything"):
        convert(Tape("", "", (client(0, SETUP), server(0, READY))), "empty")


async def interrupting(url: str) -> list[Any]:
    """A client that interrupts a long answer as soon as it begins: all that it hears."""
    async with talking(url) as talker:
        await talker.send(typed("Tell me a story"))
        heard = [await talker.receive()]
        await talker.send(typed("Stop"))
        for _ in range(2):
            heard += await talker.turn()
        return heard


async def test_an_interruption_is_one_again(tmp_path: Path) -> None:
    desk = tmp_path / "desk.yaml"
    desk.write_text(
        'rules:\n  - when: {text: story}\n    then:\n      - say: "Once "\n      - pause: 1h\n      - say: "upon"\n'
        'otherwise:\n  - say: "Well, no."\n',
        encoding="utf-8",
    )
    async with Emulator(quick(scenario=str(desk))) as service, recording(tmp_path / "calls", service) as recorder:
        first = await interrupting(recorder.url)
        [path] = recorder.files
    assert {"serverContent": {"interrupted": True}} in first
    converted = convert(tape_of(path), "again")
    assert [exchange["expect"] for exchange in script(converted)][1] == {"interruption": "any"}
    again = tmp_path / "again.yaml"
    again.write_text(written(converted, path.name), encoding="utf-8")
    async with Emulator(quick(scenario=str(again))) as emulator:
        assert await interrupting(emulator.url) == first
