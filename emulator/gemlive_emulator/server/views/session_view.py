"""A session as a test has it. Each assertion says what was wanted, what there was, and tells the session."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NoReturn, Protocol

from gemlive_emulator.server.redact import clean
from gemlive_emulator.server.views.fitting import fits, nearest, told
from gemlive_emulator.server.views.messages import Message
from gemlive_emulator.server.views.seen import Seen
from gemlive_emulator.server.views.turns import Call
from gemlive_emulator.wire.errors import EmulatorError


class Expression(Protocol):
    """What is searched for in a text: ``re.compile("rain")``, or something of ours that does the same."""

    @property
    def pattern(self) -> str:
        """The expression as it was written."""
        ...

    def search(self, text: str, /) -> object | None:
        """Something, if it occurs in the text."""
        ...


Words = str | Expression
"""The whole text, or an expression that occurs in it."""


class SessionView(Seen):
    """What happened in one session, and what it vouches for."""

    def assert_said(self, words: Words) -> None:
        """That one turn of the model said exactly this, or that the expression occurs in one."""
        self._one_of("the model said", words, [turn.said for turn in self.turns if turn.said])

    def assert_heard(self, words: Words) -> None:
        """That the user said exactly this, typed or aloud, or that the expression occurs in something that was said."""
        self._one_of("the user said", words, self.heard)

    def assert_called(self, name: str, times: int | None = None, **args: Any) -> Call:
        """That the model wanted this function called, with at least these arguments; gives the first such call.

        Args:
            name: of the function.
            times: exactly how often; at least once if not given.
            args: arguments, with values, compiled expressions or functions of the value that say whether it is right.
        """
        return self.find_call(name, args, times)

    def find_call(self, name: str, args: Mapping[str, Any], times: int | None = None) -> Call:
        """What :meth:`assert_called` does, for arguments that may have any name."""
        _see_that_it_counts(times, "assert_not_called")
        found = [call for call in self.calls if call.name == name and fits(args, call.args)]
        if (times is None and found) or (times is not None and len(found) == times and found):
            return found[0]
        wanted = f"a call of {name}({told(args)})" + ("" if times is None else f", {times} times")
        there = [f"{call.name}({told(call.args)})" for call in self.calls]
        self._fail(wanted, there, f"{name}({told(args)})", len(found))

    def assert_not_called(self, name: str) -> None:
        """That the model did not want this function called."""
        found = [f"{call.name}({told(call.args)})" for call in self.calls if call.name == name]
        if found:
            self._fail(f"no call of {name}", found)

    def assert_answered(self, name: str, response: Any = None) -> None:
        """That the client answered a call of this function, once, and with at least this if a response is given."""
        found = [call for call in self.calls if call.name == name]
        right = [one for one in found if len(one.responses) == 1 and (response is None or fits(response, one.response))]
        if not right:
            wanted = f"one answer to a call of {name}" + ("" if response is None else f" with {told(response)}")
            self._fail(wanted, [f"{name}: {len(one.responses)} answers {told(one.responses)}" for one in found])

    def assert_interrupted(self, times: int | None = None, heard_ms: Callable[[int], bool] | int | None = None) -> None:
        """That the model was interrupted, so often, and each time after so many milliseconds of its answer.

        Args:
            times: exactly how often; at least once if not given.
            heard_ms: what the client can have heard at most, or a function of it that says whether it is right.
        """
        heard = self.interruptions
        limit = heard_ms if callable(heard_ms) or heard_ms is None else heard_ms.__ge__
        often = bool(heard) if times is None else len(heard) == times
        if not often or (limit is not None and not all(map(limit, heard))):
            wanted = "an interruption" if times is None else f"{times} interruptions"
            limited = "" if heard_ms is None else f" with heard_ms {told(heard_ms)}"
            self._fail(wanted + limited, [f"heard {each} ms" for each in heard])

    def assert_sent(self, kind: str, times: int | None = None, **fields: Any) -> Message:
        """That the client sent a message of this kind, with at least these fields; gives the first such message.

        Args:
            kind: ``setup``, ``clientContent``, ``realtimeInput``, ``toolResponse``, ...
            times: exactly how often; at least once if not given.
            fields: of the message, with the names of the reference: ``assert_sent("clientContent",
                turnComplete=True)``.
        """
        return self.find_sent(kind, times, fields)

    def assert_received(self, kind: str, times: int | None = None, **fields: Any) -> Message:
        """That the client was sent such a message; as :meth:`assert_sent`."""
        return self.find_received(kind, times, fields)

    def find_sent(self, kind: str, times: int | None, fields: Mapping[str, Any]) -> Message:
        """What :meth:`assert_sent` does, for fields that may have any name."""
        return self._message("the client sent", self.sent, kind, times, fields)

    def find_received(self, kind: str, times: int | None, fields: Mapping[str, Any]) -> Message:
        """What :meth:`assert_received` does, for fields that may have any name."""
        return self._message("the client was sent", self.received, kind, times, fields)

    def assert_not_sent(self, kind: str, **fields: Any) -> None:
        """That the client sent no such message."""
        found = [one for one in self.sent if one.kind == kind and fits(fields, one.body.get(kind, {}))]
        if found:
            self._fail(f"that the client sent no {kind} with {told(fields)}", [told(one.body) for one in found])

    def assert_order(self, *kinds: str) -> None:
        """That messages of these kinds were sent, by either side, in this order; others may stand in between."""
        there = [one.kind for one in self.messages]
        rest = iter(there)
        missing = next((kind for kind in kinds if kind not in rest), None)
        if missing is not None:
            self._fail(f"messages in the order {', '.join(kinds)}; {missing} did not come where it had to", there)

    def assert_closed(self, code: int, words: Words | None = None) -> None:
        """That the session ended with this code, and with these words if any are given."""
        closed = self.closed
        right = closed is not None and closed[0] == code and (words is None or _is(words, closed[1]))
        if not right:
            wanted = f"an end with {code}" + ("" if words is None else f" {_quoted(words)}")
            self._fail(wanted, ["it is open"] if closed is None else [f"{closed[0]} {closed[1]!r}"])

    def assert_open(self) -> None:
        """That the session has not ended."""
        if self.closed is not None:
            self._fail("an open session", [f"closed {self.closed[0]} {self.closed[1]!r}"])

    def _one_of(self, who: str, words: Words, there: Sequence[str]) -> None:
        if not any(_is(words, each) for each in there):
            self._fail(f"that {who} {_quoted(words)}", list(map(repr, there)), str(getattr(words, "pattern", words)))

    def _message(
        self, who: str, there: Iterable[Message], kind: str, times: int | None, fields: Mapping[str, Any]
    ) -> Message:
        _see_that_it_counts(times, "assert_not_sent")
        bodies = list(there)
        found = [one for one in bodies if one.kind == kind and fits(fields, one.body.get(kind, {}))]
        if found and times in (None, len(found)):
            return found[0]
        wanted = f"that {who} {kind} with {told(fields)}" + ("" if times is None else f", {times} times")
        self._fail(wanted, [told(one.body) for one in bodies], told({kind: dict(fields)}), len(found))

    def _fail(self, wanted: str, there: Sequence[str], near: str = "", found: int = 0) -> NoReturn:
        lines = [f"wanted {wanted}"]
        if found:
            lines.append(f"it was so {found} times")
        lines += [f"there was: {each}" for each in nearest(near, there)] or ["there was nothing of that kind"]
        raise AssertionError("\n".join([*map(clean, lines), "", self.account]))


def _see_that_it_counts(times: int | None, otherwise: str) -> None:
    if times is not None and times < 1:
        raise EmulatorError(
            f"times={times}: this gives what it finds, so it has to be 1 or more; {otherwise} says never"
        )


def _is(words: Words, text: str) -> bool:
    return text == words if isinstance(words, str) else words.search(text) is not None


def _quoted(words: Words) -> str:
    return repr(words) if isinstance(words, str) else f"/{words.pattern}/"
