"""Functions that the model wants called, as real SDKs see them: what comes in which order, family by family."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from itertools import groupby
from typing import Any

import pytest
from emulators import Serving, serving
from environments import Environments
from speaking import Log, Step, Talk, hear, hold, program_of, respond, say, silence, speech, stream

pytestmark = pytest.mark.clients

SDKS = {
    "google-genai 3.4.0": ("python", "3.4.0"),
    "google-genai 1": ("python", "1"),
    "@google/genai 3": ("js", "3"),
    "@google/genai 1": ("js", "1"),
}
"""1.0.0, which has neither ``send_tool_response`` nor a base URL from outside, is the thread's: ``test_summary_thread.py``."""
NEWEST = ("google-genai 3.4.0", "@google/genai 3")

CASCADE, NATIVE = "gemini-live-2.5-flash-preview", "gemini-2.5-flash-native-audio-preview-12-2025"
MIDDLE, NEW = "gemini-3.1-flash-live-preview", "gemini-3.8-live"
VERTEX, VERTEX_NATIVE = "gemini-live-2.5-flash", "gemini-live-2.5-flash-native-audio"

LIGHTS = {"name": "turn_on_the_lights", "description": "Turns the lights on in the room."}
BLINDS = {"name": "close_the_blinds", "description": "Closes the blinds."}
CITY = {"type": "OBJECT", "properties": {"city": {"type": "STRING"}}, "required": ["city"]}
WEATHER = {"name": "get_weather", "description": "Tells the weather of a city.", "parameters": CITY}
FREE, HELD = {"behavior": "NON_BLOCKING"}, {"behavior": "BLOCKING"}

ASK, ASK_BOTH = "Please turn on the lights.", "Please turn on the lights and close the blinds."
ASK_WEATHER = "What is the weather in Paris?"
DONE = {"response": {"result": "ok"}}
CLEAR = {"response": {"result": "It is clear."}}
AT_THE_LIMIT = {"response": {"result": "ok", "log": "x" * 5_000_000}}
BREAK_IN = stream(speech("Stop!") + silence(1.2))


def talk(model: str, functions: list[Mapping[str, Any]], steps: list[Step], vertex: bool = False) -> Talk:
    """A spoken session with these functions; the half-cascade model writes."""
    modality = {"response_modalities": ["TEXT"]} if model == CASCADE else {"response_modalities": ["AUDIO"]}
    more = {} if model == CASCADE else {"output_audio_transcription": {}}
    return Talk(model, steps, {**modality, **more, "tools": [{"function_declarations": functions}]}, vertex)


def lights(model: str, turns: int, behavior: Mapping[str, str] | None = None, vertex: bool = False) -> Talk:
    """One call, answered as soon as it is made, or once its turn is over if it is not waited for."""
    called = hear("turn_complete") if turns == 2 and not vertex else hear("tool_call")
    steps = [say(ASK), called, respond((0, DONE)), hear("turn_complete", turns)]
    return talk(model, [{**LIGHTS, **(behavior or {})}], steps, vertex)


def both(model: str, turns: int) -> Talk:
    """Two calls at once, answered one after the other and in the other order."""
    called = hear("turn_complete") if turns == 2 else hear("tool_call")
    steps = [say(ASK_BOTH), called, respond((1, DONE)), respond((0, DONE)), hear("turn_complete", turns)]
    return talk(model, [LIGHTS, BLINDS], steps)


def weather(*steps: Step) -> Talk:
    """A question with a call that is not waited for, and what comes after its turn."""
    return talk(NATIVE, [{**WEATHER, **FREE}], [say(ASK_WEATHER), hear("turn_complete"), *steps])


ROUNDS = {
    "half-cascade": lights(CASCADE, 1),
    "2.5": lights(NATIVE, 1),
    "2.5 NON_BLOCKING": lights(NATIVE, 2, FREE),
    "3.1": lights(MIDDLE, 1),
    "3.1 NON_BLOCKING": lights(MIDDLE, 1, FREE),
    "3.8": lights(NEW, 2),
    "3.8 BLOCKING": lights(NEW, 1, HELD),
    "Vertex": lights(VERTEX, 2, vertex=True),
    "Vertex native audio": lights(VERTEX_NATIVE, 2, vertex=True),
    "two calls on 2.5": both(NATIVE, 1),
    "two calls on 3.8": both(NEW, 2),
    "SILENT": weather(
        respond((0, {**CLEAR, "scheduling": "SILENT"})), say("And the weather in Paris?"), hear("turn_complete", 2)
    ),
    "interim results": weather(
        respond((0, {"response": {"result": "I am still looking."}, "will_continue": True})),
        hear("turn_complete", 2),
        respond((0, CLEAR)),
        hear("turn_complete", 3),
    ),
    "5 MB": talk(NATIVE, [LIGHTS], [say(ASK), hear("tool_call"), respond((0, AT_THE_LIMIT)), hear("turn_complete")]),
    "barge-in on 2.5": talk(
        NATIVE,
        [LIGHTS],
        [say(ASK), hear("tool_call"), BREAK_IN, hear("turn_complete", 2), respond((0, DONE)), say("Hi"), hear("turn_complete", 3)],
    ),
    "barge-in on 3.8": talk(
        NEW,
        [{**LIGHTS, **HELD}],
        [say(ASK), hear("tool_call"), BREAK_IN, hear("tool_call", 2), respond((1, DONE)), hear("turn_complete", 3)],
    ),
}  # fmt: skip
"""All held at the same time, with an emulator that does not wait."""

IDS = {
    "half-cascade": r"function-call-\d{15,20}",
    "2.5": r"function-call-\d{15,20}",
    "3.1": r"fc_\d{19}",
    "3.8": r"call_\d+",
    "Vertex": r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}",
}

End = ["generation_complete", "turn_complete"]
Order = list[str]


@pytest.fixture(scope="module")
def quick(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    """An emulator that does not wait between its messages, and takes what is said for a word."""
    folder = tmp_path_factory.mktemp("quick")
    (folder / "scenario.yaml").write_text("user_says: [stop]\n")
    with serving(folder, "--pace", "at-once", "--scenario", str(folder / "scenario.yaml")) as running:
        yield running


@pytest.fixture(scope="module", params=SDKS)
def rounds(
    request: pytest.FixtureRequest,
    environments: Environments,
    quick: Serving,
    tmp_path_factory: pytest.TempPathFactory,
) -> dict[str, Log]:
    """What one SDK was told in each of :data:`ROUNDS`."""
    name, version = SDKS[request.param]
    return hold(program_of(name, environments, version), quick, tmp_path_factory.mktemp("rounds"), ROUNDS)


def order(log: Log) -> Order:
    """What happened, by names; what is said, and written about it, is ``speech``."""
    names = [name for name in log.names() if name != "setup_complete"]
    told: Order = []
    for is_speech, group in groupby(names, lambda name: name in ("audio", "output_transcription")):
        kinds = list(group)
        told += ["speech"] if is_speech and "audio" in kinds else kinds
    return told


@pytest.mark.parametrize("family", IDS)
def test_the_call_has_the_id_of_its_family(rounds: dict[str, Log], family: str) -> None:
    [call] = rounds[family].calls
    assert call["name"] == "turn_on_the_lights"
    assert not call.get("args")
    assert re.fullmatch(IDS[family], call["id"])


def test_2_5_calls_and_answers_in_one_turn(rounds: dict[str, Log]) -> None:
    """Recorded."""
    log = rounds["2.5"]
    assert order(log) == ["sent text", "thought", "tool_call", "sent response", "speech", *End]
    [turn] = log.turns
    assert turn.words == "Okay, done: turn on the lights."
    turn.check_end()


def test_the_half_cascade_writes_its_call_as_code_first(rounds: dict[str, Log]) -> None:
    """Recorded: cell 33 of the tools notebook."""
    log = rounds["half-cascade"]
    code, result = "executable_code", "code_execution_result"
    assert order(log) == ["sent text", code, "tool_call", "sent response", result, "text", *End]
    [turn] = log.turns
    assert turn.parts[0][code]["code"] == "print(default_api.turn_on_the_lights())"
    assert turn.parts[1][result]["output"] == "{'result': 'ok'}"


def test_3_1_gives_a_handle_with_the_response_and_takes_non_blocking_for_blocking(rounds: dict[str, Log]) -> None:
    """Recorded; the other is tried live."""
    told = ["sent text", "tool_call", "sent response", "session_resumption_update", "speech", *End]
    assert order(rounds["3.1"]) == told
    assert order(rounds["3.1 NON_BLOCKING"]) == told


def test_3_8_ends_the_turn_of_a_call_unless_it_is_declared_to_block(rounds: dict[str, Log]) -> None:
    """Measured."""
    free = ["session_resumption_update", "sent text", "tool_call", *End, "sent response", "speech", *End]
    assert order(rounds["3.8"]) == free
    held = ["session_resumption_update", "sent text", "tool_call", "sent response", "speech", *End]
    assert order(rounds["3.8 BLOCKING"]) == held


def test_2_5_ends_the_turn_of_a_call_that_is_declared_not_to_block(rounds: dict[str, Log]) -> None:
    """Recorded: cells 40 to 46 of the tools notebook."""
    told = ["sent text", "thought", "tool_call", *End, "sent response", "speech", *End]
    assert order(rounds["2.5 NON_BLOCKING"]) == told


def test_vertex_ends_the_turn_of_every_call(rounds: dict[str, Log]) -> None:
    """Recorded: transcription opens before the call and is finished before the end; then comes another turn."""
    log = rounds["Vertex"]
    mark, end = "output_transcription", [*End, "grounding_metadata"]
    assert order(log) == ["sent text", mark, "tool_call", "sent response", mark, *end, "speech", *end]
    called, answered = log.turns
    marks = [content[mark] for content in called.contents if mark in content]
    assert marks == [{}, {"finished": True}]
    assert answered.words == "Okay, done: turn on the lights."
    native = order(rounds["Vertex native audio"])
    assert native == ["sent text", "thought", "tool_call", "sent response", *end, "speech", *end]


@pytest.mark.parametrize(("family", "ends_first"), [("2.5", False), ("3.8", True)])
def test_two_calls_come_in_one_message_and_are_answered_when_both_results_are_in(
    rounds: dict[str, Log], family: str, ends_first: bool
) -> None:
    log = rounds[f"two calls on {family}"]
    assert [call["name"] for call in log.calls] == ["turn_on_the_lights", "close_the_blinds"]
    assert sum("tool_call" in message for message in log.messages) == 1
    assert [entry["sent"] for entry in log.entries if "sent" in entry][1:] == [["response"], ["response"]]
    told = order(log)
    assert told[told.index("tool_call") :] == [
        "tool_call",
        *(End if ends_first else []),
        "sent response",
        "speech",
        *End,
    ]
    assert log.turns[-1].words == "Okay, done: turn on the lights. Okay, done: close the blinds."


def test_a_silent_result_gives_no_turn_and_is_known_to_the_next(rounds: dict[str, Log]) -> None:
    log = rounds["SILENT"]
    assert order(log)[-6:] == ["sent response", "sent text", "thought", "speech", *End]
    assert len(log.calls) == 1
    assert log.turns[-1].words == "It is clear."


def test_interim_results_are_spoken_of_in_turns_of_their_own(rounds: dict[str, Log]) -> None:
    log = rounds["interim results"]
    assert [turn.words for turn in log.turns] == ["", "I am still looking.", "It is clear."]
    assert len(log.calls) == 1


def test_a_response_of_five_megabytes_is_taken_while_others_talk(rounds: dict[str, Log]) -> None:
    """All other talks are held at the same time, and answered: a response that held the server up would lose them."""
    assert rounds["5 MB"].turns[-1].words == "Okay, done: turn on the lights."
    assert all(log.turns for log in rounds.values())


def test_barge_in_cancels_the_call_on_2_5(rounds: dict[str, Log]) -> None:
    """Reported (voiceclaw#62); that the late response is swallowed is inferred."""
    log = rounds["barge-in on 2.5"]
    cancelled = [message["tool_call_cancellation"] for message in log.messages if "tool_call_cancellation" in message]
    assert cancelled == [{"ids": [call["id"] for call in log.calls]}]
    told = order(log)
    cut = told.index("tool_call_cancellation")
    assert told[cut - 1 : cut + 3] == ["sent audio", "tool_call_cancellation", "interrupted", "turn_complete"]
    _, stopped, greeted = log.turns
    assert stopped.words == "You said: stop"
    assert greeted.words.startswith("Hello")


def test_barge_in_has_the_call_made_again_on_3_8(rounds: dict[str, Log]) -> None:
    """Measured: no cancellation in 41 sessions, and the call again under a new id."""
    log = rounds["barge-in on 3.8"]
    first, again = log.calls
    assert first["id"] != again["id"]
    assert first["name"] == again["name"] == "turn_on_the_lights"
    told = [name for name in order(log) if name not in ("voice_activity", "input_transcription")]
    cut = ["tool_call", "sent audio", "interrupted", "turn_complete", "tool_call", "sent response", "speech", *End]
    assert told[told.index("tool_call") :] == [*cut, "speech", *End]
    assert [turn.words for turn in log.turns] == ["", "Okay, done: turn on the lights.", "You said: stop"]


STORY = "While I wait, let me tell you of a ferry whose captain loved the harbour more than the sea. "
NEWS = "Now the weather: clear."
TELLING = {"call": "get_weather", "args": {"city": "Paris"}}
SCENARIO = {
    "rules": [
        {"when": {"text": "weather"}, "then": [TELLING, {"say": STORY}, {"say": "Now the weather: {result.sky}."}]}
    ]
}
"""The model goes on talking while its call is open."""


def while_talking(model: str, scheduling: str, behavior: Mapping[str, str], vertex: bool = False) -> Talk:
    """The result comes while the model talks."""
    result = {"response": {"sky": "clear"}, "scheduling": scheduling}
    after = [say("Hello"), hear("turn_complete", 2)] if scheduling == "SILENT" else [hear("turn_complete", 2)]
    steps = [say(ASK_WEATHER), hear("output_transcription", 2), respond((0, result)), hear("turn_complete"), *after]
    return talk(model, [{**WEATHER, **behavior}], steps, vertex)


SCHEDULED = {
    f"{family} {scheduling}": while_talking(model, scheduling, behavior)
    for family, model, behavior in (("2.5", NATIVE, FREE), ("3.8", NEW, {}))
    for scheduling in ("INTERRUPT", "WHEN_IDLE", "SILENT")
} | {"Vertex INTERRUPT": while_talking(VERTEX, "INTERRUPT", FREE, vertex=True)}


@pytest.fixture(scope="module", params=NEWEST)
def scheduled(
    request: pytest.FixtureRequest, environments: Environments, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Log]:
    """What an SDK was told in each of :data:`SCHEDULED`, by an emulator that takes real time."""
    folder = tmp_path_factory.mktemp("scheduled")
    (folder / "scenario.yaml").write_text(json.dumps(SCENARIO))
    name, version = SDKS[request.param]
    program = program_of(name, environments, version)
    with serving(folder, "--scenario", str(folder / "scenario.yaml"), "--voice", "formant") as running:
        return hold(program, running, tmp_path_factory.mktemp("talks"), SCHEDULED)


@pytest.fixture(params=["2.5", "3.8"])
def after_response(
    request: pytest.FixtureRequest, scheduled: dict[str, Log]
) -> Callable[[str], tuple[Order, list[str]]]:
    """What happened after the response with a scheduling, and what was said in the turns."""

    def of(scheduling: str) -> tuple[Order, list[str]]:
        log = scheduled[f"{request.param} {scheduling}"]
        told = order(log)
        return told[told.index("sent response") + 1 :], [turn.words for turn in log.turns]

    return of


def test_interrupt_cuts_what_the_model_says(after_response: Callable[[str], tuple[Order, list[str]]]) -> None:
    """Recorded on 2.5."""
    told, words = after_response("INTERRUPT")
    assert told == ["speech", "generation_complete", "interrupted", "turn_complete", "speech", *End]
    assert words[1] == NEWS


def test_when_idle_waits_for_its_end(after_response: Callable[[str], tuple[Order, list[str]]]) -> None:
    told, words = after_response("WHEN_IDLE")
    assert told == ["speech", *End, "speech", *End]
    assert words == [STORY, NEWS]


def test_silent_leaves_it_alone(after_response: Callable[[str], tuple[Order, list[str]]]) -> None:
    told, words = after_response("SILENT")
    assert told[:3] == ["speech", *End]
    assert words[0] == STORY
    assert "clear" not in words[1]


def test_vertex_does_not_look_at_the_scheduling(scheduled: dict[str, Log]) -> None:
    """Reported (livekit)."""
    log = scheduled["Vertex INTERRUPT"]
    assert "interrupted" not in order(log)
    assert [turn.words for turn in log.turns] == [STORY, NEWS]
