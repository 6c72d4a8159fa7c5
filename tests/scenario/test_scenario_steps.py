"""Steps of scenarios in whole sessions."""

from pathlib import Path

from test_scenario_calls import NATIVE, SAMPLES, WEATHER, call_of, declared, opened, respond, transcribed

from gemlive_emulator.audio.wav import to_wav
from gemlive_emulator.scenario.engine import Scenario
from gemlive_emulator.scenario.includes import Folder
from gemlive_emulator.scenario.loader import choose, load
from gemlive_emulator.scenario.model import ScenarioForm
from gemlive_emulator.session.commands import Close


def test_parallel_calls_are_one_message_and_one_answer():
    book = opened(
        """
otherwise:
  - calls:
      - {call: get_temperature, as: here, args: {location: A}}
      - {call: get_temperature, as: there, args: {location: B}}
  - say: "{results.here.temperature} and {results.there.temperature}"
""",
        tools=declared(),
    )
    book.say("x")
    (calls,) = [message.body["toolCall"]["functionCalls"] for message in book.messages if "toolCall" in message.body]
    for number, call in reversed(list(enumerate(calls))):
        assert book.said == ""
        response = {"id": call["id"], "name": call["name"], "response": {"temperature": number}}
        book.receive({"toolResponse": {"functionResponses": [response]}})
        book.finish()
    assert book.said == "0 and 1"


def test_messages_and_the_end_of_the_connection_are_as_written():
    book = opened("""
otherwise:
  - {go_away: 50s}
  - {send: {serverContent: {surprise: "{turn.text}"}}}
  - {send_text: '{"oops": "{}"}'}
  - {usage: {prompt: 7, response: {TEXT: 5}, thoughts: 3}}
  - {close: eof}
""")
    happened = book.say("x")
    assert [message.body for message in book.messages[-3:]] == [
        {"goAway": {"timeLeft": "50s"}},
        {"serverContent": {"surprise": "x"}},
        {"oops": "{}"},
    ]
    assert [one.command.how for one in happened if isinstance(one.command, Close)] == ["eof"]


def test_usage_is_what_the_scenario_tells():
    book = opened("otherwise: [{usage: {prompt: 7, response: {TEXT: 5}}}, {say: x}]")
    book.say("x")
    usage = book.messages[-1].body["usageMetadata"]
    assert (usage["promptTokenCount"], usage["responseTokenCount"]) == (7, 5)


def test_a_sound_is_heard_as_the_answer(tmp_path: Path):
    (tmp_path / "bell.wav").write_bytes(to_wav(b"\1\0" * 16_000, 16_000, text="Ding dong"))
    form = ScenarioForm.model_validate({"otherwise": [{"play": "bell.wav"}]}, context=Folder(tmp_path, tmp_path))
    scenario = Scenario.of(form, "bell")
    heard = opened(scenario, NATIVE, outputAudioTranscription={})
    heard.say("ring")
    heard.finish()
    assert transcribed(heard) == "Ding dong"
    read = opened(scenario)
    read.say("ring")
    read.finish()
    assert read.said == "Ding dong"


def test_timing_is_that_of_the_scenario():
    book = opened("timing: {first_text: 2s}\notherwise: [{say: x}]")
    book.say("x")
    book.advance(1.9)
    assert book.said == ""
    book.advance(0.2)
    assert book.said == "x"


def test_results_are_known_in_later_turns():
    book = opened(
        """
rules:
  - when: {text: again}
    then: [{say: "Still {results.get_temperature.temperature}. "}]
otherwise:
  - {call: get_temperature, args: {location: X}}
  - {set: {last: "{result.temperature}"}}
  - say: "{state.last}. "
""",
        tools=declared(),
    )
    book.say("x")
    respond(book, {"temperature": 4})
    book.say("and again")
    book.finish()
    assert book.said == "4. Still 4. "


def test_the_weather_desk():
    scenarios = load(SAMPLES / "weather-desk.yaml")
    book = opened(scenarios[0], tools=[{"functionDeclarations": [WEATHER, {"name": "turn_on_the_lights"}]}])
    book.say("How is the weather?")
    book.advance(0.01)
    respond(book, {"temperature": 7})
    book.say("Say it again")
    book.say("lights")
    respond(book, {"result": "ok"})
    book.say("hm")
    assert book.said == (
        "One moment. It is 7 degrees in New York.I told you: 7 degrees.The lights are on."
        "You can ask me about: get_temperature, turn_on_the_lights."
    )
    book.say("nonsense")
    assert call_of(book)["args"] == {"nonsense": [1, True, None, "1"]}


def test_the_desk_that_goes_away():
    book = opened(choose(load(SAMPLES / "weather-desk.yaml"), "going away"))
    book.say("hm")
    book.finish()
    assert any("goAway" in message.body for message in book.messages)
    assert book.closed == (1011, "Deadline expired before operation could complete.")
