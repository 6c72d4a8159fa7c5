"""The built-in responder calls what a turn asks for."""

import json
from typing import Any

import pytest
from house import (
    END,
    HOUSE,
    LIGHTS_OFF,
    LIGHTS_ON,
    OFFICE,
    STRING,
    TEMPERATURE,
    WEATHER,
    asking,
    calls,
    declared,
    toolbox,
)
from hypothesis import given
from hypothesis import strategies as st
from talk import Talk

from gemlive_emulator.scenario.builtin import respond, respond_with
from gemlive_emulator.scenario.fitting import Part
from gemlive_emulator.session.arguments import why_not_args
from gemlive_emulator.session.steps import Said, Say, UserTurn
from gemlive_emulator.session.tools import CallTools, ToolCall


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


@pytest.mark.parametrize("words", ["hm, ", "A ", '"', "well and ", "1 "])
def test_only_the_beginning_of_a_long_request_is_looked_through(words: str):
    request = ". Turn on the lights."
    assert calls(words * 9 + request, *HOUSE) == [("turn_on_the_lights", {})]
    assert calls(words * 90_000 + request, *HOUSE) == []


@pytest.mark.parametrize(("text", "first"), [("the", ""), ("the light", ""), ("turn on the light", "turn")])
def test_the_first_word_that_says_something_is_the_verb_of_a_request(text: str, first: str):
    assert Part(text).first == first
