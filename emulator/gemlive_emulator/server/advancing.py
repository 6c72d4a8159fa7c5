"""Moving the time of a running emulator, with an account of what fell due."""

from collections import Counter
from collections.abc import Collection, Generator, Mapping

from gemlive_emulator.records import dataclass
from gemlive_emulator.server.clock import Clock, ManualClock, kind_of
from gemlive_emulator.server.entries import Entry, Kind
from gemlive_emulator.server.journal import Journal
from gemlive_emulator.wire.errors import EmulatorError

RIGHT = (
    "give it a clock that is moved by hand: `gemlive-emulator serve --clock manual`, "
    "in Python Emulator(Settings(clock='manual'))"
)


class ClockError(EmulatorError):
    """The clock does not do what was asked of it.

    Attributes:
        wrong: what is wrong.
        right: what would be right.
    """

    def __init__(self, wrong: str, right: str) -> None:
        super().__init__(f"{wrong}; {right}")
        self.wrong = wrong
        self.right = right


@dataclass(frozen=True, slots=True)
class Ended:
    """A session that ended.

    Attributes:
        session: its name, as in the log and the journal.
        at: when, in seconds on the emulator's clock.
        code: the close code; 1006 if the connection was lost.
        words: the reason that went with it.
        by: who closed, ``server`` or ``client``.
    """

    session: str
    at: float
    code: int
    words: str
    by: str


@dataclass(frozen=True, slots=True)
class Advanced:
    """What happened while time was moved on.

    Attributes:
        seconds: by how much it was moved.
        now: what time it is now, in seconds on the emulator's clock.
        happened: what the journal noted meanwhile: how often which kind of entry.
        ended: the sessions that ended, in order.
        open: how many connections are open now.
    """

    seconds: float
    now: float
    happened: Mapping[Kind, int]
    ended: tuple[Ended, ...]
    open: int

    def __await__(self) -> "Generator[None, None, Advanced]":
        """It is done, so there is nothing to wait for; one way to write both styles of tests."""
        yield from ()
        return self


async def advance(clock: Clock, journal: Journal, connections: Collection[object], seconds: float) -> Advanced:
    """Move the clock on and tell what the journal noted meanwhile.

    Args:
        clock: of the emulator.
        journal: of the emulator.
        connections: those that are open; counted at the end.
        seconds: 0 or more; with 0 what is under way settles, and what is due already is done.

    Raises:
        ClockError: the clock is none that is moved by hand.
        ValueError: for less than nothing, and for more than a year.
    """
    if not isinstance(clock, ManualClock):
        raise ClockError(_why_not(clock), RIGHT)
    ended: list[Ended] = []
    happened: Counter[Kind] = Counter()

    def watch(session: str, entry: Entry) -> None:
        if entry.kind == "message":
            return  # that is the client's doing, and none of what fell due
        happened[entry.kind] += 1
        if entry.kind == "close":
            told = entry.details
            ended.append(Ended(session, entry.time, told["code"], told["words"], told["by"]))

    with journal.watched(watch):
        await clock.advance(seconds)
    return Advanced(seconds, clock.now(), dict(happened), tuple(ended), len(connections))


def _why_not(clock: Clock) -> str:
    paces = {"real": "at the machine's pace", "own": "as its owner lets it"}
    pace = paces.get(kind_of(clock), f"at {getattr(clock, 'rate', 1):g} times the machine's pace")
    return f"the clock of this emulator runs by itself, {pace}, and cannot be moved"
