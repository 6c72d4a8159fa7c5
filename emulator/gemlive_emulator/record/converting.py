"""A scenario made of a recording: a script with what the user said, and replies in words. Pure."""

import re
from collections.abc import Mapping
from dataclasses import field
from io import StringIO
from typing import Any

from gemlive_emulator.record.listening import (
    Calls,
    Closed,
    Happened,
    Interrupted,
    Leaving,
    Listener,
    Returned,
    Spoken,
    TurnEnded,
    Typed,
    Unknown,
    Words,
)
from gemlive_emulator.records import dataclass
from gemlive_emulator.scenario.references import spoken
from gemlive_emulator.wire.closes import LOST
from gemlive_emulator.wire.errors import EmulatorError
from gemlive_emulator.wire.tape import Tape

LONG = 1.0
"""Seconds of nothing in the middle of an answer that are a pause."""
LATE = 0.3
"""Seconds by which an answer is later than the quickest of the recording before that is a pause."""
FOR_EVER = "1h"
"""How long an answer that was interrupted goes on: until it is interrupted."""
WITHOUT_WORDS = "The words of this answer were not recorded."
LONGEST_VALUE = 200
"""Characters of what a function returned that a script looks at."""
_PATH = re.compile(r"[A-Za-z_]\w*")

Step = dict[str, Any]


@dataclass(slots=True)
class Reply:
    """What the model said and did after one thing that came.

    Attributes:
        expect: the expectation of a script that it follows.
        says: the words of what the user said aloud; ``None`` if it was typed.
        asked: when the user's turn came, in seconds; ``None`` where that is not known.
        steps: of the reply.
        last: when the last thing in it happened; ``None`` while nothing has.
        first: how many seconds after the turn the first words or calls came; ``None`` where that is not known.
        called_first: whether those were calls, which wait for nothing.
        aloud: whether there is sound in it.
        over: whether the model's turn is complete; nothing that comes later belongs to it.
    """

    expect: Mapping[str, Any]
    says: str | None = None
    asked: float | None = None
    steps: list[Step] = field(default_factory=list)
    last: float | None = None
    first: float | None = None
    called_first: bool = False
    aloud: bool = False
    over: bool = False


@dataclass(frozen=True, slots=True)
class Converted:
    """What was made of a recording.

    Attributes:
        scenario: as a scenario file has it, in plain values.
        notes: what is in the recording and not in the scenario, in words.
    """

    scenario: Mapping[str, Any]
    notes: tuple[str, ...]


def convert(tape: Tape, name: str) -> Converted:
    """Make a scenario of a recording.

    Args:
        tape: the recording.
        name: of the scenario.

    Raises:
        EmulatorError: the user says nothing in it.
    """
    maker = _Maker()
    for happened in Listener().all_of(tape):
        maker.take(happened)
    if not maker.replies:
        raise EmulatorError("nobody says anything in this recording, so that no script can be made of it")
    quickest = _quickest(maker.replies)
    scenario: dict[str, Any] = {"scenario": name}
    if quickest:
        scenario["timing"] = {name: _duration(seconds) for name, seconds in quickest.items()}
    scenario["script"] = [_exchange(reply, quickest) for reply in maker.replies]
    return Converted(scenario, tuple(dict.fromkeys(maker.notes)))


def written(converted: Converted, made_of: str) -> str:
    """The scenario as YAML, with a head that says what it was made of."""
    from ruamel.yaml import YAML

    yaml = YAML()
    yaml.default_flow_style = False
    yaml.allow_unicode = True
    yaml.width = 110
    yaml.indent(mapping=2, sequence=4, offset=2)
    text = StringIO()
    text.write(f"# Made of {_one_line(made_of)} by gemlive-emulator convert.\n")
    for note in converted.notes:
        text.write(f"# Not in here: {_one_line(note)}\n")
    yaml.dump(dict(converted.scenario), text)
    return text.getvalue()


def _one_line(text: str) -> str:
    """What the recording has must not end the comment."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())


class _Maker:
    """Gathers replies."""

    def __init__(self) -> None:
        self.replies: list[Reply] = []
        self.notes: list[str] = []
        self._calls: list[str] = []
        self._turns = 0
        self._cut = False

    def take(self, happened: Happened) -> None:
        """Take the next thing that happened."""
        what, time = happened.what, happened.time
        match what:
            case Typed():
                self._turn(_typed(what.text, self._turns + 1), None, time)
            case Spoken():
                expect = {"heard": _bare(what.text)} if what.text else {"audio": "any"}
                self._turn(expect, what.text or None, None)
            case Returned():
                self._return(what, time)
            case Unknown():
                self.notes.append(what.what)
            case Interrupted():
                self._interrupt()
            case TurnEnded() if self._cut:
                self._cut = False  # that of the turn that was interrupted
            case _:
                self._reply(what, time)

    def _turn(self, expect: Mapping[str, Any], says: str | None, asked: float | None) -> None:
        self._turns += 1
        self._calls.clear()
        self.replies.append(Reply(expect, says, asked))

    def _return(self, returned: Returned, time: float) -> None:
        if returned.name not in self._calls:
            self.notes.append(f"a response of {returned.name or 'a function without a name'} that nobody waited for")
            return
        self._calls.remove(returned.name)
        told = {path: _bare(text) for path, text in _values(returned.response)}
        expect: Step = {"name": returned.name, **({"response": told} if told else {})}
        if self.replies[-1].expect.get("tool_response") and not self.replies[-1].steps:
            # Several results that one reply waits for: a script looks at the last.
            self.replies[-1].expect = {"tool_response": expect}
        else:
            self.replies.append(Reply({"tool_response": expect}, asked=time))

    def _interrupt(self) -> None:
        """The answer before the latest turn of the user is cut, or the latest one if the turn is still to come."""
        for at in range(len(self.replies) - 1, -1, -1):
            reply = self.replies[at]
            if reply.steps or (at == len(self.replies) - 1 and reply.first is not None):
                if not reply.over:
                    reply.over = self._cut = True
                    reply.steps.append({"pause": FOR_EVER})
                    self.replies.insert(at + 1, Reply({"interruption": "any"}, over=True))
                return

    def _reply(self, what: object, time: float) -> None:
        if not self.replies:
            self.notes.append(f"what the server did before anybody said anything ({type(what).__name__})")
            return
        reply = self.replies[-1]
        if reply.over:
            self.notes.append(f"what the server did after the end of a turn ({_told(what)})")
            return
        self._wait(reply, what, time)
        reply.last = time
        match what:
            case Words():
                self._words(reply, what)
            case Calls():
                self._call(reply, what)
            case TurnEnded():
                self._end_turn(reply, what)
            case Leaving():
                reply.steps.append({"go_away": what.time_left})
            case Closed():
                reply.over = True
                reply.steps.append({"close": _close(what)})

    def _wait(self, reply: Reply, what: object, time: float) -> None:
        """Note how long the answer let wait, or what stands still in the middle of it."""
        begins = isinstance(what, Calls) or (isinstance(what, Words) and not what.thought)
        if reply.first is None and begins and reply.asked is not None:
            reply.first = time - reply.asked
            reply.called_first = isinstance(what, Calls)
        elif reply.last is not None and time - reply.last >= LONG and not isinstance(what, TurnEnded):
            reply.steps.append({"pause": _duration(time - reply.last)})

    def _words(self, reply: Reply, words: Words) -> None:
        reply.aloud = reply.aloud or words.aloud
        key = "think" if words.thought else "say"
        if not words.text:
            return
        last = reply.steps[-1] if reply.steps else {}
        if key in last:
            last[key] += _braced(words.text)
        else:
            reply.steps.append({key: _braced(words.text)})

    def _end_turn(self, reply: Reply, ended: TurnEnded) -> None:
        reply.over = True
        if reply.aloud and not any("say" in step for step in reply.steps):
            self.notes.append("the words of an answer: the client did not ask for outputAudioTranscription")
            reply.steps.append({"say": WITHOUT_WORDS})
        if ended.reason:
            reply.steps.append({"end_turn": {"reason": ended.reason}})
        elif not reply.steps:
            reply.steps.append({"end_turn": {}})

    def _call(self, reply: Reply, calls: Calls) -> None:
        made = [{"call": name, **({"args": _filled(args)} if args else {})} for name, args in calls.calls]
        names = [name for name, _ in calls.calls]
        for number, call in enumerate(made, 1):
            if names.count(call["call"]) > 1:
                call["as"] = f"{call['call']}_{number}"
        self._calls += names
        reply.steps.append(made[0] if len(made) == 1 else {"calls": made})


def _told(what: object) -> str:
    match what:
        case Words():
            return f"it said {what.text!r}" if what.text else "it spoke"
        case Closed():
            return f"it closed with {what.code} {what.words}".rstrip()
        case Leaving():
            return f"it said that it would close in {what.time_left}"
        case TurnEnded():
            return "it ended a turn"
        case _:
            return type(what).__name__.lower()


def _exchange(reply: Reply, quickest: Mapping[str, float]) -> Step:
    exchange: Step = {"expect": dict(reply.expect)}
    if reply.says:
        exchange["says"] = reply.says
    if "interruption" in reply.expect:
        return exchange
    name = _field(reply)
    late = (reply.first or 0.0) - quickest[name] if name else 0.0
    pause: list[Step] = [{"pause": _duration(late)}] if late >= LATE else []
    exchange["reply"] = [*pause, *reply.steps] or [{"silence": {}}]
    return exchange


def _field(reply: Reply) -> str:
    """The field of ``timing`` by which its first words wait; ``""`` if none does."""
    if reply.first is None or reply.called_first:
        return ""
    return "first_audio" if reply.aloud else "first_text"


def _quickest(replies: list[Reply]) -> Mapping[str, float]:
    """How long the quickest answers to typed turns let wait, by the field of ``timing``."""
    found: dict[str, float] = {}
    for reply in replies:
        name = _field(reply)
        if name and reply.first is not None:
            found[name] = min(reply.first, found.get(name, reply.first))
    return found


def _typed(text: str, number: int) -> Mapping[str, Any]:
    """The expectation of a typed turn; one without words is known by its number."""
    return {"text": _bare(text)} if text.strip() else {"turn": number}


def _bare(text: str) -> Any:
    """A text that is looked for as it is, and not as an expression."""
    return {"exact": text} if text.startswith("/") else text


def _values(response: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What a script looks at in a response: what stands at its top and is short."""
    found = []
    for name, value in response.items():
        if _PATH.fullmatch(name) and isinstance(value, str | int | float) and str(value).strip():
            text = spoken(value)
            if len(text) <= LONGEST_VALUE:
                found.append((name, text))
    return found


def _filled(value: Any) -> Any:
    """A value of JSON whose texts have no placeholders."""
    if isinstance(value, dict):
        return {name: _filled(inside) for name, inside in value.items()}
    if isinstance(value, list):
        return [_filled(inside) for inside in value]
    return _braced(value) if isinstance(value, str) else value


def _braced(text: str) -> str:
    return text.replace("{", "{{").replace("}", "}}")


def _close(closed: Closed) -> Any:
    if closed.code == LOST:
        return "eof"
    return {"code": closed.code, **({"reason": closed.words} if closed.words else {})}


def _duration(seconds: float) -> str:
    return f"{max(0, round(seconds * 100)) * 10}ms"
