"""Functions as clients declare them, and what a turn makes of them."""

from collections.abc import Sequence
from typing import Any

from talk import Talk

from gemlive_emulator.scenario.builtin import respond
from gemlive_emulator.session.arguments import why_not_args
from gemlive_emulator.session.steps import Say, Step, UserTurn
from gemlive_emulator.session.toolbox import Toolbox
from gemlive_emulator.session.tools import AwaitResults, CallTools, ToolResult
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
