"""Faults of the upgrade to a WebSocket."""

from collections.abc import Sequence

from gemlive_emulator.records import dataclass
from gemlive_emulator.scenario.faults.ending import Refuse, SlowHandshake
from gemlive_emulator.scenario.faults.watch import Fault, at_handshake
from gemlive_emulator.server.redact import redacting_logger
from gemlive_emulator.server.refusal import Refusal

log = redacting_logger("connection")


@dataclass(frozen=True, slots=True)
class Trouble:
    """What happens to one handshake.

    Attributes:
        seconds: that it takes; ``inf`` for ever.
        refusal: what it is answered with; ``None`` if it is accepted.
    """

    seconds: float = 0.0
    refusal: Refusal | None = None


def trouble(faults: Sequence[Fault], number: int) -> Trouble:
    """What these faults do to the handshake of the connection of this number."""
    seconds, refusal = 0.0, None
    for form in at_handshake(faults, number, _tell):
        if isinstance(form, SlowHandshake):
            seconds += form.slow_handshake.seconds
        elif isinstance(form, Refuse) and refusal is None:
            refusal = Refusal(form.refuse.status, form.refuse.message)
    return Trouble(seconds, refusal)


def _tell(fault: Fault, at: str) -> None:
    log.info("fault: %s at %s", fault.name, at)
