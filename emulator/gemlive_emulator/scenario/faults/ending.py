"""Faults of the connection: how it ends, does not end, or is answered."""

from typing import Annotated

from pydantic import BeforeValidator, Field, model_validator

from gemlive_emulator.scenario.errors import shown
from gemlive_emulator.scenario.faults.form import (
    Act,
    ConnectionFault,
    End,
    HalfOpen,
    HandshakeFault,
    Plain,
    SlowClose,
    SlowPong,
    Wait,
)
from gemlive_emulator.scenario.fields import Count, ScenarioPart, Text, fault
from gemlive_emulator.scenario.session_steps import ClosingForm, closing
from gemlive_emulator.scenario.step_form import short_for
from gemlive_emulator.wire.closes import LOST


class PlainClosing(ClosingForm):
    """How a connection ends: by a close frame with code and words (cut at 123 bytes, as they are), or without one."""

    reason: Text = ""


class CloseFault(ConnectionFault):
    """``close: {code: 1011, reason: TEXT}``, ``close: 1011``; with no close frame ``close: eof``, ``close: reset``."""

    close: Annotated[PlainClosing, BeforeValidator(closing)]

    def act(self) -> Act:
        """End the connection."""
        return End(self.close.how, self.close.code or LOST, self.close.reason)


class HalfOpenFault(ConnectionFault):
    """``- half_open``: the server neither reads nor writes any more, and the socket stays."""

    half_open: Plain

    def act(self) -> Act:
        """Fall silent."""
        return HalfOpen()


class SlowCloseFault(ConnectionFault):
    """``slow_close: 5s`` answers a client's close frame so much later; ``forever`` never."""

    slow_close: Annotated[Wait, short_for("seconds")]

    def act(self) -> Act:
        """Take that long."""
        return SlowClose(self.slow_close.seconds)


class SlowPongFault(ConnectionFault):
    """``slow_pong: 10s`` answers pings so much later; ``forever`` never (measured: 8 to 30 s, sip-to-ai#14)."""

    slow_pong: Annotated[Wait, short_for("seconds")]

    def act(self) -> Act:
        """Take that long."""
        return SlowPong(self.slow_pong.seconds)


class RefusalForm(ScenarioPart):
    """An HTTP status, and the words of the error that is its body."""

    status: Count
    message: Annotated[Text, Field(min_length=1)] = "The emulator was told to refuse this handshake."

    @model_validator(mode="after")
    def _refuses(self) -> "RefusalForm":
        if not 400 <= self.status <= 599:
            wrong = f"{shown(str(self.status))} refuses nothing"
            raise fault("wrong-value", wrong, "write 400 to 599; 401, 403, 429 and 503 were reported", "status")
        return self


class Refuse(HandshakeFault):
    """``refuse: 429`` answers the upgrade with this HTTP status; ``{status: 429, message: TEXT}`` with these words."""

    refuse: Annotated[RefusalForm, short_for("status")]


class SlowHandshake(HandshakeFault):
    """``slow_handshake: 5s`` answers the upgrade so much later; ``forever`` never."""

    slow_handshake: Annotated[Wait, short_for("seconds")]
