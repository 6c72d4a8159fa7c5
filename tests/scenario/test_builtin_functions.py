"""The built-in responder calls what a turn asks for, and says what came of it."""

import json
import time
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from talk import Talk

from gemlive_emulator.scenario.builtin import respond, respond_with
from gemlive_emulator.session.arguments import why_not_args
from gemlive_emulator.session.steps import Said, Say, Step, UserTurn
from gemlive_emulator.session.toolbox import Toolbox
from gemlive_emulator.session.tools import AwaitResults, CallTools, ToolCall, ToolResult
from gemlive_emulator.wire.reader import Reading, read_message
from gemlive_emulator.wire.tools import Tool

STRING = {"type": "STRING"}


def declared(name: str, description: str = "", /, required: Sequence[str] = (), **properties: Any) -> dict[str, Any]:
    """A declaration as clients write it."""
    parameters = {"type": "object", "properties": properties, "required": list(required)}
    return {"name": name, "description": description, "parameters": parameters}


def toolbox(*functions: dict[str, Any]) -> Toolbox:
    """What a setup with these functions gives."""
    return Toolbox.of([read_message(Tool, {"functionDeclarations": list(functions)}, "", Reading(strict=False))])


def asking(text: str, *functions: dict[str, Any], results: Any = None, **about: Any) -> list[Step]:
    """All steps of the reply to a turn; what each step of a call is answered with comes out of ``results``."""
    talk = Talk(tools=toolbox(*functions), **about)
    number = 1 + sum(said.role == "user" for said in talk.history)
    reply, answers = respond(UserTurn(text, number), talk), iter(results or ())
    steps: list[Step] = []
    given = None
    while True:
        try:
            steps.append(reply.send(given))
        except StopIteration:
            return steps
        given = next(answers, ()) if isinstance(steps[-1], CallTools | AwaitResults) else None


def calls(text: str, *functions: dict[str, Any], **about: Any) -> list[tuple[str, dict[str, Any]]]:
    """The calls that a turn leads to, which always are as declared."""
    made = [step for step in asking(text, *functions, **about) if isinstance(step, CallTools)]
    known = toolbox(*functions).functions
    found = [(call.name, dict(call.args)) for step in made for call in step.calls]
    assert [why_not_args(known[name], args) for name, args in found] == [None] * len(found)
    return found


def told(text: str, *functions: dict[str, Any], response: dict[str, Any], **about: Any) -> list[str]:
    """What is said to a turn whose calls all return this."""
    steps = asking(text, *functions, results=[[ToolResult("1", functions[0]["name"], response)]], **about)
    return [step.text for step in steps if isinstance(step, Say)]


TEMPERATURE = declared(
    "get_temperature", "Gets the current temperature for a given location.", ["location"], location={"type": "string"}
)
WEATHER = declared(
    "get_current_weather",
    "weather",
    ["location"],
    location=STRING,
    unit={"type": "STRING", "enum": ["celsius", "fahrenheit"]},
)
LIGHTS_ON = declared("turn_on_the_lights", "Turns the lights on in the room.")
LIGHTS_OFF = declared("turn_off_the_lights")
MUSIC = declared("play_music", "Plays music", ["song"], song=STRING)
LIGHT = declared(
    "set_light_values",
    "Sets the brightness and color temperature of a light.",
    ["brightness", "color_temp"],
    brightness={"type": "INTEGER", "minimum": 0, "maximum": 100},
    color_temp={"type": "STRING", "enum": ["daylight", "cool", "warm"]},
)
MEETING = declared(
    "schedule_meeting",
    "Schedules a meeting with specified attendees at a given time and date.",
    ["attendees", "date", "time", "topic"],
    attendees={"type": "ARRAY", "items": STRING},
    date=STRING,
    time=STRING,
    topic=STRING,
)
EMAIL = declared("send_email", "Sends an email.", ["to", "subject", "body"], to=STRING, subject=STRING, body=STRING)
FLIGHTS = declared(
    "searchFlights",
    "",
    ["origin", "destination"],
    origin=STRING,
    destination=STRING,
    date=STRING,
    seats={"type": "INTEGER"},
)
TABLE = declared("dinner", "Books a table at a restaurant", ["party_size"], party_size={"type": "INTEGER"}, time=STRING)
SHOPPING = declared("add_to_shopping_list", "", ["items"], items={"type": "ARRAY", "items": STRING})
GRAPH = declared(
    "render_altair", "Displays an altair graph in json format.", ["json_graph"], json_graph={"type": "STRING"}
)
POWER = declared("set_power", "", ["device", "on"], device=STRING, on={"type": "BOOLEAN"})
USER = declared(
    "create_user",
    "",
    ["user"],
    user={
        "type": "OBJECT",
        "properties": {"name": STRING, "email": STRING, "age": {"type": "INTEGER"}},
        "required": ["name"],
    },
)
END = declared("end_call", "Ends the call.", ["summary"], summary=STRING)
OFFICE = (
    declared("get_restaurant_recommendation", "", ["location"], location=STRING),
    declared("get_capital_city", "", ["country"], country=STRING),
    declared("order_pizza", "", ["toppings"], toppings={"type": "ARRAY", "items": STRING}),
    declared("get_order_status", "", ["order_id"], order_id=STRING),
    declared("create_reminder", "", ["text", "when"], text=STRING, when=STRING),
    declared("set_alarm", "", ["time"], time=STRING),
    declared("translate_text", "", ["text", "target_language"], text=STRING, target_language=STRING),
    declared("send_sms", "", ["phone_number", "message"], phone_number=STRING, message=STRING),
    declared("change_color", "Change the background color", ["color"], color=STRING),
    declared("calculate_tip", "", ["amount"], amount={"type": "NUMBER"}),
)
HOUSE = (WEATHER, LIGHTS_ON, LIGHTS_OFF, MUSIC, LIGHT, MEETING, EMAIL, FLIGHTS, TABLE, SHOPPING, GRAPH, POWER, USER)


@pytest.mark.parametrize(
    ("text", "name", "args"),
    [
        ("Get the current temperature in New York.", "get_current_weather", {"location": "New York"}),
        ("What's the weather in London?", "get_current_weather", {"location": "London"}),
        ("what is the weather like in san francisco today", "get_current_weather", {"location": "san francisco"}),
        ("How warm is it in Oslo?", "get_current_weather", {"location": "Oslo"}),
        ("will it rain in Paris, France?", "get_current_weather", {"location": "Paris, France"}),
        (
            "weather in Rio de Janeiro in fahrenheit please",
            "get_current_weather",
            {"location": "Rio de Janeiro", "unit": "fahrenheit"},
        ),
        ("Please turn on the lights.", "turn_on_the_lights", {}),
        ("Hi, turn off the lights", "turn_off_the_lights", {}),
        ("Can you play Bohemian Rhapsody by Queen?", "play_music", {"song": "Bohemian Rhapsody"}),
        ("play the sound of silence", "play_music", {"song": "sound of silence"}),
        ("set brightness to 40 and make it warm", "set_light_values", {"brightness": 40, "color_temp": "warm"}),
        ("dim the lights to twenty, a warmm tone", "set_light_values", {"brightness": 20, "color_temp": "warm"}),
        (
            "Schedule a meeting with Bob and Alice for 03/14/2025 at 10:00 AM about Q3 planning.",
            "schedule_meeting",
            {"attendees": ["Bob", "Alice"], "date": "03/14/2025", "time": "10:00 AM", "topic": "Q3 planning"},
        ),
        (
            'Send an email to bob@example.com about the party saying "see you there"',
            "send_email",
            {"to": "bob@example.com", "subject": "the party", "body": "see you there"},
        ),
        (
            "find flights from Paris to New York for two people tomorrow",
            "searchFlights",
            {"origin": "Paris", "destination": "New York", "date": "tomorrow", "seats": 2},
        ),
        ("Book a table for 4 at Luigi's tonight at 7 pm", "dinner", {"party_size": 4, "time": "7 pm"}),
        (
            "add milk, eggs and bread to the shopping list",
            "add_to_shopping_list",
            {"items": ["milk", "eggs", "bread"]},
        ),
        ("set the power of the heater off", "set_power", {"device": "heater", "on": False}),
        (
            "create a user named Ada with email ada@example.com, age 36",
            "create_user",
            {"user": {"name": "Ada", "email": "ada@example.com", "age": 36}},
        ),
    ],
)
def test_a_function_is_called_with_what_was_said(text: str, name: str, args: dict[str, Any]):
    assert calls(text, *HOUSE) == [(name, args)]


@pytest.mark.parametrize(
    ("text", "name", "args"),
    [
        ("can you recommend a restaurant in Rome?", "get_restaurant_recommendation", {"location": "Rome"}),
        ("What is the capital of France?", "get_capital_city", {"country": "France"}),
        ("order a pizza with ham and olives", "order_pizza", {"toppings": ["ham", "olives"]}),
        ("where is my order A-17?", "get_order_status", {"order_id": "A-17"}),
        ("Remind me to call mom tomorrow at 5 pm", "create_reminder", {"text": "call mom", "when": "tomorrow at 5 pm"}),
        ("wake me up at 7 am", "set_alarm", {"time": "7 am"}),
        ("Translate hello to French", "translate_text", {"text": "hello", "target_language": "French"}),
        ("text +1 555 123 4567 that I'm late", "send_sms", {"phone_number": "+1 555 123 4567", "message": "I'm late"}),
        ("change background to dark green", "change_color", {"color": "dark green"}),
        ("what is the tip on 50 dollars", "calculate_tip", {"amount": 50}),
    ],
)
def test_half_a_name_and_something_else_is_enough(text: str, name: str, args: dict[str, Any]):
    assert calls(text, *OFFICE) == [(name, args)]


@pytest.mark.parametrize(
    "text", ["My order arrived, thanks", "the text is nice", "the alarm was loud", "call it a day"]
)
def test_half_a_name_alone_is_not(text: str):
    assert calls(text, *OFFICE) == []


def test_the_sample_of_the_cookbook_gets_its_call():
    assert calls("Get the current temperature in New York.", TEMPERATURE) == [
        ("get_temperature", {"location": "New York"})
    ]


@pytest.mark.parametrize("text", ["Plot a graph of sales", "make a graph of sales", "show me a graph of the companies"])
def test_a_graph_in_json_is_json(text: str):
    ((name, args),) = calls(text, *HOUSE)
    assert name == "render_altair"
    assert json.loads(args["json_graph"])["mark"] == "bar"


@pytest.mark.parametrize(
    "text",
    """hello
    tell me a story
    tell me a joke
    How are you?
    who are you?
    What is your name?
    My name is Ada
    I like music
    I had a meeting yesterday
    what time is the meeting
    Don't turn on the lights
    thank you for the weather
    What is the capital of Brazil?
    What should we talk about?
    count to 20
    remember the number 42
    what number did I ask you to remember?
    what was my last question?
    say turn on the lights
    You said the room is cold
    make it warm
    I have two children and a dog
    .
    👍""".splitlines(),
)
def test_ordinary_chat_calls_nothing(text: str):
    with_functions = asking(text.strip(), *HOUSE)
    assert with_functions == list(respond(UserTurn(text.strip(), 1), Talk()))


def test_functions_of_opposite_names_are_told_apart():
    assert calls("turn off the lights", LIGHTS_ON) == []
    assert calls("turn on the lights", LIGHTS_OFF, LIGHTS_ON) == [("turn_on_the_lights", {})]


def test_what_it_knows_by_heart_gives_way_only_to_a_function_whose_name_was_said():
    assert calls("tell me a story", declared("tell_story")) == [("tell_story", {})]
    assert [name for name, _ in calls("tell me a joke about the weather", WEATHER)] == ["get_current_weather"]
    assert calls("tell me a joke about temperature", WEATHER) == []
    assert calls("What is the temperature in Rome?", WEATHER) == [("get_current_weather", {"location": "Rome"})]


def test_a_thing_that_was_told_is_recalled_and_not_asked_for():
    phone = declared("get_phone_number", "", ["name"], name=STRING)
    question = "What's the phone number of Bob?"
    assert [name for name, _ in calls(question, phone)] == ["get_phone_number"]
    history = [Said("user", "Remember the number 42"), Said("model", "I will remember the number 42.")]
    assert calls(question, phone, history=history) == []


def test_several_functions_are_called_in_one_message():
    text = "Turn on the lights, play Yesterday and tell me the weather in Rome"
    assert calls(text, *HOUSE) == [
        ("turn_on_the_lights", {}),
        ("play_music", {"song": "Yesterday"}),
        ("get_current_weather", {"location": "Rome"}),
    ]
    assert sum(isinstance(step, CallTools) for step in asking(text, *HOUSE)) == 1


def test_one_function_is_called_for_each_place():
    assert calls("What's the weather in Paris and London?", WEATHER) == [
        ("get_current_weather", {"location": "Paris"}),
        ("get_current_weather", {"location": "London"}),
    ]
    assert calls("weather in Paris and what's the weather in Paris", WEATHER) == [
        ("get_current_weather", {"location": "Paris"})
    ]
    assert calls("Turn on the lights and Good Riddance", LIGHTS_ON) == [("turn_on_the_lights", {})]


def test_parallel_calls_are_bounded():
    text = " and ".join(f"weather in City{number}" for number in range(30))
    assert len(calls(text, WEATHER)) == 8


def test_a_function_whose_schema_nothing_fits_is_not_called():
    hopeless = declared("get_luck", "", ["luck"], luck={"type": "INTEGER", "minimum": 3, "maximum": 2})
    assert calls("get luck", hopeless) == []


def test_a_declaration_without_parameters_is_called_without_arguments():
    assert calls("get the weather in Rome", {"name": "get_weather"}) == [("get_weather", {})]
    json_schema = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
    assert calls("get the weather in Rome", {"name": "get_weather", "parametersJsonSchema": json_schema}) == [
        ("get_weather", {})
    ]


def test_a_function_without_a_word_in_its_name_is_called_by_its_description_alone():
    assert calls("turn on the lights", {"name": "_"}) == []
    assert calls("turn on the lights", {"name": "_", "description": "Turns the lights on"}) == [("_", {})]


def test_speech_calls_functions_as_well():
    talk = Talk(modality="AUDIO", tools=toolbox(WEATHER))
    assert talk.hear("what's the weather in rome") == [
        CallTools((ToolCall("get_current_weather", {"location": "rome"}),))
    ]
    assert talk.hear() == [Say("I heard you speak for 1.8 seconds, but nobody told me what you said.")]


def test_function_calls_can_be_switched_off():
    silent = Talk(respond_with(calls_functions=False), tools=toolbox(WEATHER))
    assert "no live data" in silent.say("What's the weather in London?")


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


@given(text=st.text(max_size=80), modality=st.sampled_from(["TEXT", "AUDIO"]))
def test_any_text_gets_an_answer_or_calls_that_are_right(text: str, modality: str):
    steps = asking(text, *HOUSE, END, modality=modality)
    known = toolbox(*HOUSE, END).functions
    for step in steps:
        assert isinstance(step, Say | CallTools)
        for call in step.calls if isinstance(step, CallTools) else ():
            assert why_not_args(known[call.name], call.args) is None


PHRASES = [
    "weather",
    "in",
    "Paris",
    "and",
    "turn on the lights",
    "to 40",
    "meeting",
    "with Bob",
    "send an email",
    ",",
    "?",
]


@given(st.lists(st.sampled_from(PHRASES), max_size=8).map(" ".join))
def test_any_request_gets_calls_that_are_right(text: str):
    assert len(calls(text, *HOUSE, END)) <= 8


def test_a_hostile_request_costs_no_more_than_its_length():
    texts = ["weather in " * 90_000, "in A" + " A" * 400_000, '"' * 900_000, "weather and " * 90_000, "1 " * 400_000]
    started = time.process_time()
    for text in texts:
        asking(text, *HOUSE, END)
    assert time.process_time() - started < 5  # a text whose cost grows with its square would take minutes
