"""A script: exchanges in their order, and nothing else."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from gemlive_emulator.records import dataclass
from gemlive_emulator.scenario.asked import counted
from gemlive_emulator.scenario.conditions import AllOf, AnyOf, Condition, Exact
from gemlive_emulator.scenario.errors import shown
from gemlive_emulator.scenario.facts import Bounds
from gemlive_emulator.scenario.memory import Memory
from gemlive_emulator.scenario.model import ExchangeForm
from gemlive_emulator.scenario.playing import play
from gemlive_emulator.scenario.responses import expected_call, response_condition, what_returned
from gemlive_emulator.scenario.returned import overhear
from gemlive_emulator.scenario.rules import condition_of
from gemlive_emulator.scenario.seen import Seen
from gemlive_emulator.scenario.steps import StepForm
from gemlive_emulator.scenario.template import Scene
from gemlive_emulator.session.hearing import Foreknown
from gemlive_emulator.session.steps import CloseConnection, Conversation, Reply, UserTurn
from gemlive_emulator.wire.closes import INTERNAL

_NEAR = 0.3
"""An exchange that is less close to what came is no near miss."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """One exchange of a script.

    Attributes:
        condition: what must come; of an interruption nothing is left to be looked at.
        steps: what answers it.
        says: the words of it, if it is speech.
        interruption: how much of the answer the user hears before interrupting it; ``None`` if something else must
            come.
        returns: whether a function's response must come.
        call: which call's; ``None`` for the latest.
    """

    condition: Condition[Seen]
    steps: tuple[StepForm, ...] = ()
    says: str | None = None
    interruption: Bounds | None = None
    returns: bool = False
    call: str | None = None

    @classmethod
    def of(cls, form: ExchangeForm) -> "Exchange":
        """The exchange that a file has; a bare text in it is the whole turn."""
        expect, steps = form.expect, form.reply or ()
        if expect.interruption is not None:
            bounds = Bounds(expect.interruption.at_least, expect.interruption.at_most, " s")
            return cls(AllOf(()), interruption=bounds)
        if expect.tool_response is not None:
            condition = response_condition(expect.tool_response)
            return cls(condition, steps, form.says, returns=True, call=expect.tool_response.name)
        return cls(condition_of(expect, Exact), steps, form.says)

    @property
    def told(self) -> str:
        """What must come, in words."""
        if self.interruption is None:
            return self.condition.told
        heard = f", having heard {self.interruption.told} of it" if self.interruption.told else ""
        return f"the user interrupts the answer{heard}"

    @property
    def is_turn(self) -> bool:
        """Whether it is a turn of the user that must come."""
        return self.interruption is None and not self.returns


class ScriptResponder:
    """Answers a script in its order, and nothing else.

    A turn that is not as expected closes the connection with 1011 and words that name both, and so does every turn
    after the end. The script stands still then: what broke stays broken.

    Args:
        script: the exchanges.
        memory: of the session.
        phrases: all that the user may say.

    Attributes:
        problems: each expectation that was not met, in full, for the test that runs the script.
        memory: what the replies remember.
        foreknown: what the user says aloud in each exchange, and what the exchanges look for.
    """

    def __init__(self, script: Sequence[Exchange], memory: Memory, phrases: tuple[str, ...]) -> None:
        self._script = script
        self.memory = memory
        self._next = 0
        self._said = 0
        self._answered: UserTurn | None = None
        self._answering = 0
        self._words: Mapping[str, str] = {}
        self.problems: list[str] = []
        self.foreknown = Foreknown(self._says, phrases, self._interrupted)

    @property
    def unreached(self) -> list[str]:
        """What the script still waits for, in words."""
        waiting = enumerate(self._script[self._next :], self._next + 1)
        return [f"exchange {number}: {exchange.told}" for number, exchange in waiting]

    @property
    def steps(self) -> tuple[StepForm, ...]:
        """The steps of all replies."""
        return tuple(step for exchange in self._script for step in exchange.steps)

    def __call__(self, turn: UserTurn, conversation: Conversation) -> Reply:
        """The reply of the exchange that is next, if the turn is as it expects."""
        overhear(self.memory, conversation.history)
        if turn is self._answered:  # a reply that interrupted itself is asked for once more with the same turn
            self._next = self._answering
        else:
            seen = Seen(turn, conversation, self.memory)
            if (wrong := self._why_not(seen)) is not None:
                return self._break_off(wrong)
            self._words = self._script[self._next].condition.words(seen)
        self._answered, self._answering = turn, self._next
        self._next += 1
        return self._reply(turn, conversation, self._words)

    def _interrupted(self, heard: float) -> None:
        """The user interrupted the answer, ``heard`` seconds of which can have been heard.

        An interruption that the script does not wait for is let pass: the turn that comes with it is looked at.
        """
        exchange = self._waiting
        if exchange is None or exchange.interruption is None:
            return
        wrong = exchange.interruption.why_not("what can have been heard of it is", heard)
        if wrong is None:
            self._next += 1
        else:
            self.problems.append(f"{self._expected(exchange)}, but {wrong}")

    @property
    def _waiting(self) -> Exchange | None:
        """The exchange that is next."""
        return self._script[self._next] if self._next < len(self._script) else None

    def _expected(self, exchange: Exchange) -> str:
        return f"Script exchange {self._next + 1}: expected that {exchange.told}"

    def _reply(self, turn: UserTurn, conversation: Conversation, words: Mapping[str, str]) -> Reply:
        """The steps of an exchange, and those of the ones after it that wait for what its functions return."""
        of_reply = self.memory.for_reply()
        yield from self._play(Scene(turn, conversation, of_reply, words=words))
        while (exchange := self._waiting) is not None and exchange.returns:
            memory = expected_call(of_reply, exchange.call)
            seen = Seen(turn, conversation, memory)
            if not exchange.condition.fits(seen):
                wrong = f"{self._expected(exchange)}, got {what_returned(memory.last)}"
                yield from self._break_off(wrong + _detail(exchange, seen))
                return
            self._next += 1
            words = {**words, **exchange.condition.words(seen)}
            yield from self._play(Scene(turn, conversation, of_reply, words=words))

    def _play(self, scene: Scene) -> Reply:
        """The steps of the exchange that was met last."""
        steps = self._script[self._next - 1].steps
        follows = self._waiting
        return play(
            steps, replace(scene, place=f"exchange {self._next}"), goes_on=follows is not None and follows.returns
        )

    def _says(self) -> str | None:
        """The words of the exchange that is next, each given once: words are known before their turn is answered."""
        at = max(self._said, self._next)
        while at < len(self._script) and not self._script[at].is_turn:
            at += 1
        self._said = at + 1
        return self._script[at].says if at < len(self._script) else None

    def _why_not(self, seen: Seen) -> str | None:
        """Why the turn is not what is next, in words; ``None`` if it is."""
        if self.problems:
            return self.problems[0]
        exchange, came = self._waiting, _what_came(seen.turn)
        if exchange is None:
            return f"Script is over after {self._next} exchanges, got {came}{self._nearest(seen)}"
        if not exchange.is_turn:
            return f"{self._expected(exchange)}, got {came}{self._nearest(seen)}"
        if exchange.condition.fits(seen):
            return None
        return f"{self._expected(exchange)}, got {came}{_detail(exchange, seen)}{self._nearest(seen)}"

    def _nearest(self, seen: Seen) -> str:
        """Which other exchange the turn is nearest to, if it is near to one."""
        others = [at for at, exchange in enumerate(self._script) if exchange.is_turn and at != self._next]
        closeness = {at: self._script[at].condition.closeness(seen) for at in others}
        at = max(closeness, key=closeness.__getitem__, default=None)
        if at is None or closeness[at] < _NEAR:
            return ""
        why = self._script[at].condition.why_not(seen)
        return f"; it fits exchange {at + 1}" if why is None else f"; nearest is exchange {at + 1}: {why}"

    def _break_off(self, wrong: str) -> Reply:
        """Close, and keep what went wrong, once."""
        if wrong not in self.problems:
            self.problems.append(wrong)
        return _close(wrong)


def _detail(exchange: Exchange, seen: Seen) -> str:
    """Which part of an expectation did not hold, where it has several."""
    condition = exchange.condition
    return f" ({condition.why_not(seen)})" if isinstance(condition, AllOf | AnyOf) else ""


def _what_came(turn: UserTurn) -> str:
    """A turn in words for a person."""
    return shown(turn.text) + (f" and {counted(turn)}" if turn.other_parts else "")


def _close(wrong: str) -> Reply:
    yield CloseConnection(INTERNAL, wrong)
