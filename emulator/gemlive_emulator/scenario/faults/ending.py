"""Faults of the connection: how it ends, does not end, or is answered."""

from typing import Annotated, Any, Literal

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
from gemlive_emulator.scenario.fields import CloseCode, Count, ScenarioPart, Text, fault, one_of
from gemlive_emulator.scenario.session_steps import LOST
from gemlive_emulator.scenario.step_form import short_for

_HOW = ("frame", "eof", "reset")


class ClosingForm(ScenarioPart):
    """How a connection ends: by a close frame with code and words (cut at 123 bytes when sent), or without one."""

    code: CloseCode | None = None
    reason: Text = ""
    how: Annotated[Literal["frame", "eof", "reset"], BeforeValidator(one_of(_HOW))] = "frame"

    @model_validator(mode="after")
    def _fits_together(self) -> "ClosingForm":
        if self.how == "frame" and self.code is None:
            raise fault("missing-key", "'code' is missing", "write close: 1011, or how: eof for no close frame at all")
        if self.how != "frame" and self.model_fields_set != {"how"}:
            right = f"write close: {self.how}, or leave how out"
            raise fault("wrong-value", f"no code and no words go out with how: {self.how}", right, "how")
        return self


def _closing(value: Any) -> Any:
    if isinstance(value, str):
        return {"how": value} if value in _HOW else {"code": value}
    return {} if value is None else value


class CloseFault(ConnectionFault):
    """``close: {code: 1011, reason: TEXT}``, ``close: 1011``; with no close frame ``close: eof``, ``close: reset``."""

    close: Annotated[ClosingForm, BeforeValidator(_closing)]

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
