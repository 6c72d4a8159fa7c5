"""The built-in responder says what functions returned, and remembers it."""

from typing import Any

import pytest
from house import END, LIGHTS_ON, TEMPERATURE, WEATHER, asking, calls, declared, told
from talk import Talk

from gemlive_emulator.session.steps import Said, Say
from gemlive_emulator.session.tools import AwaitResults, CallTools, ToolCall, ToolResult


@pytest.mark.parametrize(
    ("response", "sentence"),
    [
        ({"output": "The weather in London is 20C"}, "The weather in London is 20C"),
        ({"result": "sunny"}, "The weather is sunny."),
        ({"weather": "Sunny", "temperature": 42}, "The weather is Sunny, and the temperature is 42 degrees."),
        ({"temperature": 21.5, "unit": "celsius"}, "The temperature is 21.5 degrees celsius."),
        ({"result": "ok"}, "Okay, done: get current weather."),
        ({}, "Okay, done: get current weather."),
        ({"error": "no sensor"}, "The function get_current_weather failed: no sensor."),
        ({"error": {"code": 5, "message": None}}, "The function get_current_weather failed: code 5, message nothing."),
        (
            {"days": [{"high": 3, "wet": True}, {"high": 4, "wet": False}]},
            "The days are high 3, wet yes and high 4, wet no.",
        ),
        ({"result": [1, 2, 3]}, "The weather is 1, 2 and 3."),
        ({"a": {"b": []}, "c": {}}, "The a is b empty, and the c is empty."),
        ({"x": [[[[[[[[1]]]]]]]]}, "The x is more."),
        ({"wind": {"speed": 3}}, "The wind is speed 3."),
        ({"output": "Really, truly done!"}, "Really, truly done!"),
        ({"": 1}, "The result is 1."),
        # As the Model Context Protocol has it.
        ({"content": [{"type": "text", "text": "It is 3"}, {"type": "text", "text": "degrees."}]}, "It is 3 degrees."),
        (
            {"error": {"content": [{"type": "text", "text": "no sensor"}], "isError": True}},
            "The function get_current_weather failed: no sensor.",
        ),
        ({"content": [{"type": "image", "text": "x"}]}, "The content is type image, text x."),
        ({"content": []}, "The content is empty."),
        # What the client says to the server: when the result may be spoken of.
        ({"result": {"temperature": 21, "scheduling": "INTERRUPT"}}, "The temperature is 21 degrees."),
        ({"output": {"scheduling": "interrupted"}}, "Okay, done: get current weather."),
        ({"result": {"sky": "blue", "scheduling": "daily"}}, "The sky is blue, and the scheduling is daily."),
        ({"result": {"sky": "blue", "scheduling": 1}}, "The sky is blue, and the scheduling is 1."),
    ],
)
def test_what_a_function_returned_is_said(response: dict[str, Any], sentence: str):
    assert told("What's the weather in London?", WEATHER, response=response) == [sentence + "\n"]


def test_a_number_is_what_the_function_is_about():
    assert told("temperature in Rome", TEMPERATURE, response={"result": 21}) == ["The temperature is 21 degrees.\n"]
    assert told("get list", declared("get_list"), response={"result": True}) == ["Okay, done: get list.\n"]
    assert told("get list", declared("get_list"), response={"output": 3}) == ["The result is 3.\n"]


def test_a_very_long_result_is_said_in_part():
    (sentence,) = told("weather in Rome", WEATHER, response={f"n{number}": "x" * 500 for number in range(100)})
    assert len(sentence) < 2_100
    (sentence,) = told("weather in Rome", WEATHER, response={"result": "long " * 1_000})
    assert len(sentence) < 2_100


def test_all_results_are_said_in_order():
    results = [ToolResult("1", "turn_on_the_lights", {"result": "ok"}), ToolResult("2", "x", end="given up")]
    assert asking("turn on the lights", LIGHTS_ON, results=[results])[1:] == [
        Say("Okay, done: turn on the lights. The function x did not answer.\n")
    ]


def test_interim_results_are_said_as_they_come():
    name = "get_current_weather"
    results = [
        [ToolResult("1", name, {"result": "asking the station"}, continues=True)],
        [ToolResult("1", name, {}, continues=True)],
        [ToolResult("1", name, {"result": "sunny"})],
    ]
    assert asking("weather in Rome", WEATHER, results=results)[1:] == [
        Say("asking the station\n"),
        AwaitResults(("1",)),
        AwaitResults(("1",)),
        Say("The weather is sunny.\n"),
    ]


def test_silent_and_cancelled_results_are_not_said():
    results = [
        ToolResult("1", "get_current_weather", {"result": "sunny"}, scheduling="SILENT"),
        ToolResult("2", "get_current_weather", end="cancelled"),
    ]
    assert len(asking("weather in Rome", WEATHER, results=[results])) == 1


SUNNY = Said("tool", 'get_current_weather: {"result": "sunny"}')
USED = [Said("user", "weather in Rome?"), SUNNY, Said("model", "The weather is sunny.\n")]


@pytest.mark.parametrize("text", ["What was the weather?", "what did you say about the weather", "the weather again?"])
def test_what_a_function_returned_is_known_later(text: str):
    assert asking(text, WEATHER, history=USED) == [Say("The weather is sunny.\n")]
    assert asking("What was the result again?", WEATHER, history=USED) == [Say("The weather is sunny.\n")]


def test_a_question_about_now_is_asked_anew():
    assert [name for name, _ in calls("What is the weather?", WEATHER, history=USED)] == ["get_current_weather"]
    assert "no live data" not in str(asking("What was the weather?", WEATHER))
    given_up = [Said("tool", "get_current_weather: {}")]
    assert [name for name, _ in calls("What was the weather?", WEATHER, history=given_up)] == ["get_current_weather"]


def test_a_result_that_was_never_said_is_said_when_asked_for():
    history = [Said("user", "weather in Rome?"), SUNNY, Said("user", "hello"), Said("model", "Hello there!")]
    assert asking("What's the weather?", WEATHER, history=history) == [Say("The weather is sunny.\n")]
    both = asking("What's the weather and turn on the lights", WEATHER, LIGHTS_ON, history=history)
    assert both == [Say("The weather is sunny.\n"), CallTools((ToolCall("turn_on_the_lights", {}),))]


def test_a_summary_names_what_functions_returned():
    (step,) = asking("summary", WEATHER, history=USED)
    assert isinstance(step, Say)
    assert "* The function get_current_weather returned: The weather is sunny.\n" in step.text


@pytest.mark.parametrize("text", ["Please summarize our conversation", "ok, goodbye", "that's all, end the call"])
def test_a_function_that_wants_a_summary_gets_one(text: str):
    history = [Said("user", "I like trains"), Said("model", "You said: I like trains")]
    summary = "Here is our conversation in short:\n* You said: I like trains.\n* I said: You said: I like trains."
    assert calls(text, LIGHTS_ON, END, history=history) == [("end_call", {"summary": summary})]


def test_a_summary_is_cut_to_what_the_parameter_takes():
    short = declared("save", "", ["call_summary"], call_summary={"type": "STRING", "maxLength": "9"})
    assert calls("bye", short) == [("save", {"call_summary": "There is "})]


SUMMARY_REQUEST = """Here is a summary request for the voice conversation we just had:
Please analyze this conversation and provide a structured summary including:
{
"main_topics": [],
"key_decisions": [],
"action_items": [],
"sentiment": ""
}
Please analyze our conversation and provide the summary in the requested format."""


def test_a_long_request_for_a_summary_is_one():
    talk = Talk()
    talk.say("I like trains")
    assert talk.say(SUMMARY_REQUEST).startswith("Here is our conversation in short:\n* You said: I like trains.")
    assert talk.say("A summary of my book: " + "x " * 200).startswith("You said: A summary of my book")
    assert calls(SUMMARY_REQUEST, END)[0][0] == "end_call"
