"""Conditions on the whole of a session: what fits, why the rest does not, and how near it is."""

from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from talk import Talk, spoken

from gemlive_emulator.scenario.clues import Clue, Is, Occurs
from gemlive_emulator.scenario.clues import Words as Wanted
from gemlive_emulator.scenario.conditions import Condition, Contains
from gemlive_emulator.scenario.memory import Called, Memory
from gemlive_emulator.scenario.model import RuleForm
from gemlive_emulator.scenario.rules import condition_of
from gemlive_emulator.scenario.scalars import Unquoted
from gemlive_emulator.scenario.seen import Seen
from gemlive_emulator.session.hearing import Words
from gemlive_emulator.session.steps import Said, UserTurn
from gemlive_emulator.session.toolbox import Toolbox
from gemlive_emulator.session.tools import ToolResult
from gemlive_emulator.wire.tools import FunctionDeclaration

TOOLS = Toolbox({"get_weather": FunctionDeclaration(name="get_weather")}, frozenset({"google_search"}))
PUCK = Talk(
    modality="AUDIO",
    voice="Puck",
    model="gemini-3.8-live",
    system_instruction="You are a\npirate.",
    tools=TOOLS,
    connection=2,
)
SOUND = UserTurn("Stop", 3, "speech", 2, Words("Stop", "recording", "stop-please, exact, 0.98"), 1.5, True, 2)
HELLO = UserTurn("hello", 1)
HOT = Memory(
    shared={"shared.visits": "3"},
    own={"menu": "Billing"},
    last=Called("get_weather", {"city": "Oslo"}, ToolResult("1", "get_weather", {"output": {"degrees": 21}})),
)


@dataclass
class Look:
    """What there is to be looked at."""

    turn: UserTurn = HELLO
    talk: Talk = field(default_factory=lambda: PUCK)
    memory: Memory = field(default_factory=lambda: HOT)

    @property
    def seen(self) -> Seen:
        return Seen(self.turn, self.talk, self.memory)


def condition(when: object) -> Condition[Seen]:
    form = RuleForm.model_validate({"when": when, "then": [{"say": "x"}]})
    return condition_of(form.when, Contains)


SPOKEN, TYPED = Look(SOUND), Look()
REALTIME = Look(replace(HELLO, source="realtime"))
BARE = Look(HELLO, Talk(), Memory())


@pytest.mark.parametrize(
    ("when", "look"),
    [
        ({"audio": {"recording": "stop-please"}}, SPOKEN),
        ({"audio": {"recording": ["other", "stop-please"], "at_least": "1s", "at_most": "2s"}}, SPOKEN),
        ({"images": "any", "video": "any"}, SPOKEN),
        ({"video": {"at_most": "0"}}, Look(UserTurn("look", 1, other_parts=2))),
        ({"realtime": "true"}, REALTIME),
        ({"realtime": "false"}, SPOKEN),
        ({"signalled": "true"}, SPOKEN),
        ({"signalled": "false"}, TYPED),
        ({"turn": "3"}, SPOKEN),
        ({"turn": ["1", "3"]}, SPOKEN),
        ({"turn": {"at_least": "2", "at_most": "3"}}, SPOKEN),
        ({"connection": "2", "resumed": "false", "proactive": "false"}, TYPED),
        ({"resumed": "true", "proactive": "true"}, Look(talk=replace(PUCK, resumed=True, proactive=True))),
        ({"model": "gemini-3.8-live", "voice": "puck", "modality": "AUDIO"}, TYPED),
        ({"model": "/3\\.8/", "voice": ["Kore", "Puck"]}, TYPED),
        ({"voice": ""}, BARE),
        ({"system": "a pirate"}, TYPED),
        ({"tools": "get_weather"}, TYPED),
        ({"tools": ["get_weather", "googleSearch", "google_search"]}, TYPED),
        ({"tools": "any"}, TYPED),
        ({"not": {"tools": "any"}}, BARE),
        ({"state": {"menu": "billing", "shared.visits": "/^\\d$/", "name": ""}}, TYPED),
        ({"state": {"menu": {"not": ""}}}, TYPED),
        ({"template": {"{model}/{voice}": "/live.Puck$/"}}, TYPED),
        ({"template": {"{result.degrees}": "21"}}, TYPED),
        ({"template": {"{result.degrees}": {"not": "22"}}}, TYPED),
        ({"template": {"{history.last_user}": "hi"}}, Look(talk=replace(PUCK, history=[Said("user", "Hi!")]))),
        ({"template": {"{model} {voice}": {"like": "gemini-3.8-live {hole}"}}}, TYPED),
        ({"all": [{"text": "hell"}, {"text": "lo"}]}, TYPED),
        ({"any": [{"turn": "7"}, {"connection": "2"}]}, TYPED),
    ],
)  # fmt: skip
def test_it_fits(when: object, look: Look):
    wanted = condition(when)
    assert wanted.why_not(look.seen) is None
    assert wanted.fits(look.seen)
    assert wanted.closeness(look.seen) == 1


NO_RESULT = "{result.wind} is not in what get_weather returned"


@pytest.mark.parametrize(
    ("when", "look", "reason"),
    [
        ({"audio": {"recording": "go"}}, SPOKEN, 'the recording is "stop-please", not "go"'),
        ({"audio": {"recording": "go"}}, TYPED, "nothing was said aloud"),
        ({"audio": {"recording": ["go", "on"]}}, Look(spoken("go")), "what was heard is no known recording, its words are known by: script"),
        ({"audio": {"recording": "stop-please", "at_least": "2s"}}, SPOKEN, "the speech is 1.50 s, less than 2 s"),
        ({"video": "any"}, TYPED, "the number of video frames is 0, less than 1"),
        ({"realtime": "true"}, SPOKEN, "the turn was not typed as realtimeInput"),
        ({"realtime": "false"}, REALTIME, "the turn was typed as realtimeInput"),
        ({"signalled": "true"}, TYPED, "the client did not signal its activity"),
        ({"signalled": "false"}, SPOKEN, "the client signalled its activity"),
        ({"turn": "3"}, TYPED, "the number of the turn is 1, not 3"),
        ({"turn": ["2", "3"]}, TYPED, "the number of the turn is 1, not 2 or 3"),
        ({"turn": {"at_least": "2"}}, TYPED, "the number of the turn is 1, less than 2"),
        ({"connection": {"at_most": "1"}}, TYPED, "the number of the connection is 2, more than 1"),
        ({"resumed": "true"}, TYPED, "the session was not resumed"),
        ({"proactive": "true"}, TYPED, "the model has to answer"),
        ({"proactive": "false"}, Look(talk=replace(PUCK, proactive=True)), "the model may choose not to answer"),
        ({"model": "gemini-3.8"}, TYPED, 'the model is "gemini-3.8-live", not "gemini-3.8"'),
        ({"voice": "/^K/"}, TYPED, 'the voice "Puck" does not match /^K/'),
        ({"modality": "TEXT"}, TYPED, 'the modality is "AUDIO", not "TEXT"'),
        ({"model": {"like": "gemini {x}"}}, TYPED, 'the model "gemini-3.8-live" is not like "gemini {x}"'),
        ({"system": "robot"}, TYPED, 'the system instruction does not contain "robot"'),
        ({"tools": ["get_time", "get_weather", "code_execution"]}, TYPED, "the setup does not declare get_time and code_execution, only get_weather, google_search"),
        ({"tools": "get_time"}, BARE, "the setup does not declare get_time, only nothing"),
        ({"tools": "any"}, BARE, "the setup declares no tools"),
        ({"state": {"menu": "support"}}, TYPED, 'state menu is "Billing", not "support"'),
        ({"state": {"menu": ""}}, TYPED, 'state menu is "Billing", not ""'),
        ({"template": {"{model}/{voice}": "x"}}, TYPED, '{model}/{voice} is "gemini-3.8-live/Puck", not "x"'),
        ({"template": {"{result.wind}": {"not": "3"}}}, TYPED, NO_RESULT + ': {"output": {"degrees": 21}}'),
        ({"template": {"{result}": {"not": "3"}}}, BARE, "{result}: no function was called before"),
        ({"all": [{"text": "hell"}, {"turn": "2"}]}, TYPED, "the number of the turn is 1, not 2"),
        ({"not": {"tools": "any", "turn": {"at_most": "5"}}}, TYPED, "it must not be that the number of the turn is at most 5 and the setup declares tools"),
    ],
)  # fmt: skip
def test_it_does_not_fit_and_the_reason_is_told(when: object, look: Look, reason: str):
    unmet = condition(when)
    assert unmet.why_not(look.seen) == reason
    assert not unmet.fits(look.seen)
    assert 0 <= unmet.closeness(look.seen) < 1


@pytest.mark.parametrize(
    ("when", "told"),
    [
        ({"text": {"like": "for {n} people"}}, 'the text is like "for {n} people"'),
        ({"audio": {"recording": ["a", "b"]}}, 'the recording "a" or "b" is heard'),
        ({"video": "any"}, "the number of video frames is at least 1"),
        ({"turn": ["2", "3"]}, "the number of the turn is 2 or 3"),
        ({"realtime": "false"}, "the turn was not typed as realtimeInput"),
        ({"tools": ["a", "b"]}, "the setup declares a and b"),
        ({"state": {"menu": ["a", "/b/"]}}, 'state menu is "a" or state menu matches /b/'),
        ({"system": {"not": "x"}}, 'not (the system instruction contains "x")'),
    ],
)
def test_it_is_told_in_words(when: object, told: str):
    assert condition(when).told == told


def test_a_truth_value_of_python_is_one_of_a_file():
    assert condition({"resumed": False}).fits(TYPED.seen)
    assert condition({"turn": Unquoted("1")}).fits(TYPED.seen)


def test_only_words_of_the_user_are_told_to_a_recogniser():
    when = {"text": "hi", "model": "gemini", "state": {"menu": "billing"}, "template": {"{voice}": {"exact": "Puck"}}}
    assert condition(when).phrases == ("hi",)


def test_of_what_a_text_is_only_signs_they_count():
    assert condition({"state": {"menu": ""}}).why_not(Look(memory=Memory(own={"menu": "?"})).seen) is not None
    assert condition({"text": {"exact": "..."}}).fits(Look(UserTurn("...", 1)).seen)


@pytest.mark.parametrize(
    ("when", "clues"),
    [
        ({"text": "Two  Words"}, [["two words"]]),
        ({"text": {"exact": "Hello!"}}, [["= hello"]]),
        ({"heard": ["a", {"exact": "b"}]}, [["a", "= b"]]),
        ({"text": ["a", "/b/"]}, [["a", "b"]]),
        ({"text": ["a", "/./"]}, [["a", "/./"]]),
        ({"text": "/ab+/"}, [["a"], ["b"], ["/ab+/"]]),
        ({"any": [{"text": "/ab+/"}, {"state": {"mood": "a"}}]}, [["a", "= a"]]),
        ({"text": {"contains": ["long word", "x"], "exact": "middle"}}, [["long word", "x"], ["= middle"]]),
        ({"text": "a", "turn": ["3", "4"]}, [["a"], ["= 3", "= 4"]]),
        ({"modality": "AUDIO"}, [["= audio"]]),
        ({"video": "any"}, [["itself"]]),
        ({"tools": "any"}, [["itself"]]),
        ({"tools": "get_weather"}, [["itself"]]),
        ({"text": {"like": "Room {n} for x"}}, [["room"], ["for"], ["x"]]),
        ({"template": {"{turn.text}": "x"}}, [["= x"]]),
        ({"not": {"text": "a"}}, []),
        ({"text": {"not": "a"}}, []),
        ({"text": ""}, []),
        ({"text": {"exact": ""}}, [["= "]]),
    ],
)
def test_what_must_be_there_is_known(when: object, clues: list[Any]):
    def written(clue: Clue) -> str:
        match clue:
            case Wanted(_, words):
                return words
            case Occurs(_, pattern):
                return f"/{pattern.source}/"
            case Is(_, value):
                return f"= {value}"
        return "itself"

    assert [[written(clue) for clue in one_of] for one_of in condition(when).clues] == clues


def test_a_known_recording_is_asked_for_once_however_many_rules_have_it():
    one, other = (condition({"audio": {"recording": "bell"}}).clues for _ in range(2))
    assert one
    assert len({*one, *other}) == len(one)


def test_conditions_that_are_the_same_share_their_clues():
    for when in ({"state": {"a": "b"}}, {"turn": "3"}, {"template": {"{voice}": "x"}}, {"audio": "any"}):
        assert set(condition(when).clues) == set(condition(when).clues)


def is_there(clue: Clue, seen: Seen) -> bool:
    match clue:
        case Wanted(subject, words):
            return words in subject.look(seen).levelled
        case Occurs(subject, pattern):
            return pattern.found_in(subject.look(seen).text)
        case Is(ask, value):
            return ask(seen) == value
    return clue.condition.fits(seen)


def closeness(when: object, turn: UserTurn | str) -> float:
    return condition(when).closeness(Look(UserTurn(turn, 1) if isinstance(turn, str) else turn).seen)


def test_a_slip_of_the_pen_is_nearer_than_another_word():
    assert closeness({"text": "weather"}, "the wether?") > closeness({"text": "temperature"}, "the wether?") > 0
    assert closeness({"text": {"exact": "hello"}}, "helo") > closeness({"text": {"exact": "hello"}}, "helo you there")
    assert closeness({"text": "x"}, "") == closeness({"text": {"exact": "hello"}}, "xyz") == 0


def test_the_more_of_it_holds_the_nearer_it_is():
    both = {"text": "hello", "turn": "3"}
    assert closeness(both, "hello") == 0.5
    assert closeness(both, "xyz") == 0
    assert closeness({"any": [{"text": "hello"}, {"turn": "3"}]}, "hello") == 1
    assert closeness({"not": {"text": "hello"}}, "hello") == 0
    assert closeness({"tools": ["get_weather", "get_time"]}, "x") == 0.5


def test_speech_of_another_length_is_nearer_than_none():
    assert closeness({"audio": {"at_least": "5s"}}, "x") == 0
    assert 0 < closeness({"audio": {"at_least": "5s"}}, spoken()) < 1
    assert closeness({"text": "hello"}, spoken()) == 0


TEXTS = st.text("ab. ", max_size=4)
FORMS = st.recursive(
    st.one_of(
        TEXTS.map(lambda words: {"text": {"contains": words}}),
        TEXTS.map(lambda words: {"text": {"exact": words}}),
        TEXTS.map(lambda words: {"heard": {"exact": words, "not": {"contains": "a"}}}),
        st.just({"text": "/^a/"}),
        st.sampled_from([{"turn": "2"}, {"audio": "any"}, {"images": "any"}]),
    ),
    lambda inner: st.one_of(
        inner.map(lambda one: {"not": one}),
        st.lists(inner, min_size=1, max_size=3).map(lambda some: {"any": some}),
        st.lists(inner, min_size=1, max_size=3).map(lambda some: {"all": some}),
    ),
    max_leaves=6,
)


@given(when=FORMS, text=TEXTS, aloud=st.booleans())
def test_all_that_is_told_of_a_condition_agrees(when: dict[str, Any], text: str, aloud: bool):
    wanted, seen = condition(when), Look(spoken(text) if aloud else UserTurn(text, 1)).seen
    fits = wanted.fits(seen)
    assert fits == (wanted.why_not(seen) is None)
    assert fits == (wanted.closeness(seen) == 1)
    if fits:
        assert all(any(is_there(clue, seen) for clue in one_of) for one_of in wanted.clues)
