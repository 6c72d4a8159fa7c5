"""Messages of a session as a test looks at them."""

from typing import Any

from gemlive_emulator.records import dataclass
from gemlive_emulator.wire.codec import decode
from gemlive_emulator.wire.common import to_camel
from gemlive_emulator.wire.errors import ClientFault
from gemlive_emulator.wire.tape import Side, Taped
from gemlive_emulator.wire.writer import to_wire

NO_KIND = "unreadable"
"""The kind of a message that is no JSON object."""

_BESIDE = ("usageMetadata",)
"""Fields that stand beside what a message is about."""


@dataclass(frozen=True, slots=True)
class Message:
    """One message.

    Attributes:
        time: seconds since the session began.
        side: who sent it, ``client`` or ``server``.
        json: as it was sent; ``None`` if it is no JSON object.
        raw: the octets of it.
    """

    time: float
    side: Side
    json: Any
    raw: bytes

    @property
    def body(self) -> dict[str, Any]:
        """The message with the names of the reference, however the client wrote them; empty if it cannot be read."""
        if self.side == "server" or self.json is None:
            return self.json or {}
        try:
            return to_wire(decode(self.raw).message)
        except ClientFault:
            return dict(self.json)

    @property
    def kind(self) -> str:
        """What it is about, as the reference has it: ``setup``, ``realtimeInput``, ``serverContent`` ..."""
        names = [to_camel(name) for name in self.json or ()]
        about = [name for name in names if name not in _BESIDE]
        return (about or names or [NO_KIND])[0]


def message_of(taped: Taped) -> Message:
    """The message that was kept."""
    return Message(taped.time, taped.side, taped.message, taped.payload)
