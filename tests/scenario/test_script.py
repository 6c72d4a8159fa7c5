"""Scripts: what must come, in its order, and what is told of what comes instead."""

import pytest
from talk import Talk, spoken

from gemlive_emulator.profiles.admit import Terms
from gemlive_emulator.scenario.engine import ScriptResponder
from gemlive_emulator.scenario.errors import ScenarioError, ScriptError
from gemlive_emulator.scenario.loader import parse
from gemlive_emulator.session.behaviour import AT_ONCE
from gemlive_emulator.session.steps import CloseConnection, Interrupt, Say, UserTurn
from gemlive_emulator.session.toolbox import Toolbox
from gemlive_emulator.session.tools import CallTools, ToolResult
from gemlive_emulator.testing.playbook import Playbook
from gemlive_emulator.wire.tools import FunctionDeclaration

SCRIPT = """
script:
  - expect: {text: Hello}
    reply: [{say: "Hello!"}]
  - expect: {text: {contains: capital}}
    reply: [{say: "You said {history.last_user} before."}]
"""
SPOKEN = """
script:
  - expect: {text: hello}
    reply: [{interrupt: 500ms}, {say: Hi!}]
  - expect: {heard: {contains: stop}}
    says: Stop it
    reply: [{say: Stopped.}]
  - expect: {audio: {at_least: 1s}}
    reply: [{say: "{turn.seconds}"}]
  - expect: {heard: /go/i}
    says: Go
    reply: [{say: Gone.}]
"""


def script(text: str) -> ScriptResponder:
    (only,) = parse(text)
    responder = only.responder()
    assert isinstance(responder, ScriptResponder)
    return responder


def test_a_script_says_the_words_of_the_exchange_that_is_next():
    responder = script(SPOKEN)
    talk = Talk(responder)
    assert responder.foreknown.phrases == ("Stop it", "Go", "hello", "stop")
    talk.steps("hello")
    assert responder.foreknown.says() == "Stop it"
    assert talk.hear("Stop it") == [Say("Stopped.")]
    assert responder.foreknown.says() is None
    assert talk.hear(seconds=2) == [Say("2.00")]
    assert responder.foreknown.says() == "Go"
    assert talk.hear("Go") == [Say("Gone.")]
    assert responder.foreknown.says() is None
    assert responder.problems == []


def test_words_of_a_script_are_known_before_the_turns_before_them_are_answered():
    responder = script(SPOKEN)
    Talk(responder).steps("hello")
    assert [responder.foreknown.says() for _ in range(5)] == ["Stop it", None, "Go", None, None]


def test_a_script_tells_that_it_waits_for_speech_and_what_came():
    responder = script(SPOKEN)
    Talk(responder).hear(frames=2)
    assert responder.problems == [
        'Script exchange 1: expected that the text is "hello", got "(speech 1.84 s)" and 2 images; it fits exchange 3'
    ]
    assert responder.unreached[1:3] == [
        'exchange 2: what was heard contains "stop"',
        "exchange 3: the speech is at least 1 s long",
    ]


def test_a_reply_that_begins_again_does_not_move_the_script_on():
    responder = script(SPOKEN)
    talk, turn = Talk(responder), UserTurn("hello", 1)
    assert list(responder(turn, talk)) == list(responder(turn, talk)) == [Interrupt(0.5, 1), Say("Hi!")]
    assert list(responder(spoken("stop", number=2), talk)) == [Say("Stopped.")]


def test_a_script_answers_in_its_order():
    responder = script(SCRIPT)
    talk = Talk(responder)
    assert responder.unreached == ['exchange 1: the text is "Hello"', 'exchange 2: the text contains "capital"']
    assert talk.steps("hello!") == [Say("Hello!")]
    assert talk.steps("The capital?") == [Say("You said hello! before.")]
    assert responder.unreached == []
    assert responder.problems == []


def test_an_unexpected_turn_breaks_a_script_and_it_stays_broken():
    responder = script(SCRIPT)
    talk = Talk(responder)
    wrong = 'Script exchange 1: expected that the text is "Hello", got "Goodbye\\x00"'
    assert talk.steps("Goodbye\x00") == [CloseConnection(1011, wrong)]
    assert responder.problems == [wrong]
    assert len(responder.unreached) == 2


def test_a_turn_after_the_end_breaks_a_script_too():
    responder = script(SCRIPT)
    talk = Talk(responder)
    talk.steps("Hello")
    talk.steps("capital")
    assert talk.steps("more " * 30) == [CloseConnection(1011, responder.problems[0])]
    assert responder.problems[0].startswith('Script is over after 2 exchanges, got "more more')
    assert responder.problems[0].endswith('…"')


def test_each_session_begins_a_script_at_its_top():
    (shared,) = parse(SCRIPT)
    for _ in range(2):
        assert Talk(shared.responder()).steps("Hello") == [Say("Hello!")]


def test_an_interrupted_reply_still_moves_the_script_on():
    talk = Talk()
    responder = script(SCRIPT)
    reply = responder(UserTurn("Hello", 1), talk)
    next(reply)
    reply.close()
    assert next(responder(UserTurn("capital", 2), talk)) == Say("You said  before.")


INTERRUPTED = """
script:
  - expect: {text: story}
    reply: [{say: Once upon a time there was a rabbit that had lost its way in the wood behind the hill.}]
  - expect: {interruption: {}}
  - expect: {text: stop}
    says: never heard
    reply: [{say: All right.}]
"""


def test_an_interruption_is_met_when_the_user_interrupts():
    responder = script(INTERRUPTED)
    talk = Talk(responder)
    assert responder.unreached[1] == "exchange 2: the user interrupts the answer"
    talk.steps("story")
    responder.foreknown.interrupted(0.4)
    assert talk.steps("stop") == [Say("All right.")]
    assert responder.unreached == responder.problems == []


def test_a_script_sees_the_interruption_of_a_session():
    responder = script(INTERRUPTED)
    overrides = {"behaviour.typed_during_reply": "interrupt"}
    book = Playbook(responder, terms=Terms(overrides=overrides), foreknown=responder.foreknown)
    book.open()
    book.say("story")
    book.advance(2.0)
    assert len(responder.unreached) == 2
    book.say("stop")
    assert responder.unreached == responder.problems == []


def test_a_turn_where_an_interruption_is_expected_breaks_the_script():
    responder = script(INTERRUPTED)
    talk = Talk(responder)
    talk.steps("story")
    wrong = 'Script exchange 2: expected that the user interrupts the answer, got "stop"; it fits exchange 3'
    assert talk.steps("stop") == [CloseConnection(1011, wrong)]
    assert talk.steps("anything else") == [CloseConnection(1011, wrong)]
    assert responder.problems == [wrong]


def test_an_interruption_that_is_not_expected_is_let_pass():
    responder = script(SCRIPT)
    talk = Talk(responder)
    talk.steps("Hello")
    responder.foreknown.interrupted(0.0)
    talk.steps("capital")
    responder.foreknown.interrupted(0.0)
    assert responder.unreached == responder.problems == []


def test_an_interruption_comes_when_it_is_expected_to():
    responder = script(INTERRUPTED.replace("interruption: {}", "interruption: {at_least: 200ms, at_most: 1s}"))
    talk = Talk(responder)
    talk.steps("story")
    responder.foreknown.interrupted(1.5)
    wrong = (
        "Script exchange 2: expected that the user interrupts the answer, having heard at least 0.2 s and at most 1 s "
        "of it, but what can have been heard of it is 1.50 s, more than 1 s"
    )
    assert responder.problems == [wrong]
    assert talk.steps("stop") == [CloseConnection(1011, wrong)]


def test_the_words_of_speech_are_those_of_the_next_turn():
    responder = script(INTERRUPTED)
    Talk(responder).steps("story")
    assert responder.foreknown.says() == "never heard"


CALLING = """
script:
  - expect: {text: weather}
    reply: [{call: get_weather}]
  - expect: {tool_response: {name: get_weather, response: {degrees: /^2/, "days[0]": Monday}}}
    reply: [{say: "It is {result.degrees} degrees."}]
  - expect: {text: thanks}
    reply: [{say: You are welcome.}]
"""


def weather(response: dict[str, object] | None, written: str = CALLING) -> tuple[Playbook, ScriptResponder]:
    """A session of the script in which the function returned this."""
    responder = script(written)
    book = Playbook(responder, terms=Terms(pace=AT_ONCE))
    names = ("get_weather", "get_time")
    tools = [{"functionDeclarations": [{"name": name, "behavior": "BLOCKING"} for name in names]}]
    book.open("models/gemini-2.0-flash-live-001", generationConfig={"responseModalities": ["TEXT"]}, tools=tools)
    book.say("weather")
    book.finish()
    calls = [call for message in book.messages for call in message.body.get("toolCall", {}).get("functionCalls", ())]
    if response is not None:
        answers = [{"id": call["id"], "name": call["name"], "response": response} for call in calls]
        book.receive({"toolResponse": {"functionResponses": answers}})
    book.finish()
    return book, responder


def test_a_script_goes_on_with_what_a_function_returns():
    book, responder = weather({"degrees": 21, "days": ["Monday"]})
    assert book.said == "It is 21 degrees."
    book.say("thanks")
    book.finish()
    assert book.said == "It is 21 degrees.You are welcome."
    assert responder.unreached == responder.problems == []


EXPECTED = (
    "Script exchange 2: expected that the response of get_weather comes and degrees of the response of get_weather "
    'matches /^2/ and days[0] of the response of get_weather is "Monday", got the response of get_weather: '
)


@pytest.mark.parametrize(
    ("response", "why"),
    [
        ({"degrees": 3}, '"{"degrees": 3}" (degrees of the response of get_weather "3" does not match /^2/)'),
        ({"degrees": 2, "days": []}, '"{"degrees": 2, "days": []}" ({result.days[0]} is not in what get_weather returned: {"degrees": 2, "days": []})'),
    ],
)  # fmt: skip
def test_what_a_function_returns_is_looked_at(response: dict[str, object], why: str):
    book, responder = weather(response)
    assert responder.problems == [EXPECTED + why]
    assert book.closed == (1011, responder.problems[0][:123])


def test_a_response_that_does_not_come_is_never_reached():
    _, responder = weather(None)
    assert responder.problems == []
    assert len(responder.unreached) == 2


def test_any_response_will_do():
    plain = CALLING.replace('{name: get_weather, response: {degrees: /^2/, "days[0]": Monday}}', "any")
    book, responder = weather({"degrees": 4}, plain)
    assert book.said == "It is 4 degrees."
    assert responder.unreached == ['exchange 3: the text is "thanks"']


def test_each_response_of_parallel_calls_is_looked_at():
    parallel = """
script:
  - expect: {text: weather}
    reply: [{calls: [{call: get_weather, as: here}, {call: get_time}]}]
  - expect: {tool_response: {name: get_weather}}
    reply: [{say: "{results.here.n}, "}]
  - expect: {tool_response: {name: here, response: {n: 1}}}
    reply: [{say: again}]
"""
    book, responder = weather({"n": 1}, parallel)
    assert book.said == "1, again"
    assert responder.unreached == responder.problems == []


def test_a_reply_that_calls_nothing_gets_no_response():
    book, responder = weather(
        None, CALLING.replace("{call: get_weather}", "{say: I will not.}").replace("{result.degrees}", "some")
    )
    (wrong,) = responder.problems
    assert wrong.endswith("got no call (the response of get_weather does not come)")
    assert book.closed == (1011, wrong[:123])


def test_a_response_that_was_given_up_does_not_come():
    calling = "{call: get_weather, if_missing: {after: 1s, then: [{say: Never mind.}]}}"
    book, responder = weather(None, CALLING.replace("{call: get_weather}", calling))
    assert book.said == "Never mind."
    (wrong,) = responder.problems
    assert wrong.endswith("got no response of get_weather (the response of get_weather does not come)")


def test_the_nearest_exchange_is_told():
    responder = script(SCRIPT)
    talk = Talk(responder)
    talk.steps("Hello")
    talk.steps("Hello")
    assert responder.problems == [
        'Script exchange 2: expected that the text contains "capital", got "Hello"; it fits exchange 1'
    ]
    responder = script(SCRIPT)
    Talk(responder).steps("The Capitol")
    assert responder.problems[0].endswith(
        'got "The Capitol"; nearest is exchange 2: the text does not contain "capital"'
    )


def test_where_several_things_are_expected_it_is_told_which_is_not_so():
    responder = script("script: [{expect: {text: look, images: any}, reply: [{say: x}]}]")
    Talk(responder).steps("look")
    assert responder.problems == [
        'Script exchange 1: expected that the text is "look" and the number of images is at least 1, got "look" '
        "(the number of images is 0, less than 1)"
    ]


def test_state_that_a_reply_sets_is_known_to_the_next_exchange():
    responder = script("""
script:
  - expect: {text: hello}
    reply: [{set: {greeted: "yes"}}, {say: Hi}]
  - expect: {state: {greeted: "yes"}}
    reply: [{say: "{state.greeted}"}]
""")
    talk = Talk(responder)
    talk.steps("hello")
    assert talk.steps("and now") == [Say("yes")]


@pytest.mark.parametrize(
    ("exchanges", "wrong", "right"),
    [
        ("{expect: {interruption: {}}}", "exchange 1 of the script waits for what can only come after a reply", "put an exchange with a reply before it"),
        ("{expect: {tool_response: any}, reply: [{say: x}]}", "exchange 1 of the script", "before it"),
        ("{expect: {text: a}, reply: [{say: x}]}, {expect: {interruption: any}}, {expect: {interruption: any}}", "exchange 3 of the script", "before it"),
        ("{expect: {text: a}}", "'reply' is missing", "add it to this mapping"),
        ("{expect: {text: a}, reply: [{say: x}]}, {expect: {interruption: {at_most: 1s}}, reply: [{say: x}]}", "a reply to an interruption", "is an exchange of its own"),
        ("{expect: {interruption: {}, text: stop}}", "'interruption' and something else in one expectation", "in an exchange of its own"),
        ("{expect: {tool_response: {name: x}, turn: 3}, reply: [{say: x}]}", "'tool_response' and something else", "of its own"),
        ("{expect: {text: a}, reply: [{say: x}]}, {expect: {tool_response: {response: {}}}, reply: [{say: x}]}", "nothing stands in this mapping", "write an entry"),
        ("{expect: {text: a}, reply: [{say: x}]}, {expect: {tool_response: {response: {a b: 1}}}, reply: [{say: x}]}", '"a b" is no way into a response', "with dots between"),
        ("{expect: {text: a}, reply: [{say: x}]}, {expect: {tool_response: {response: x}}, reply: [{say: x}]}", 'a mapping is needed here, not the text "x"', "write {NAME: …}"),
    ],
)  # fmt: skip
def test_a_script_that_cannot_be_met_is_refused(exchanges: str, wrong: str, right: str):
    with pytest.raises(ScenarioError) as refused:
        parse(f"script: [{exchanges}]")
    (problem,) = refused.value.problems
    assert problem.wrong.startswith(wrong)
    assert right in problem.right


def test_nothing_follows_a_response_that_is_not_as_expected():
    responder = script(CALLING)
    tools = Toolbox({"get_weather": FunctionDeclaration(name="get_weather")})
    reply = responder(UserTurn("weather", 1), Talk(tools=tools))
    assert isinstance(next(reply), CallTools)
    broken = reply.send((ToolResult("1", "get_weather", {"degrees": 3}),))
    assert list(reply) == []
    assert broken == CloseConnection(1011, responder.problems[0])


def test_an_error_of_a_script_says_everything():
    error = ScriptError(["first", "second"])
    assert error.problems == ("first", "second")
    assert str(error) == "first\nsecond"
