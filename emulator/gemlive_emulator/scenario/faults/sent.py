"""Messages that the session never meant to send."""

import json
from typing import Annotated, Any

from pydantic import BeforeValidator, WithJsonSchema

from gemlive_emulator.scenario.faults.form import Act, ConnectionFault, Insert
from gemlive_emulator.scenario.fields import is_mapping
from gemlive_emulator.scenario.scalars import Unquoted, json_scalar


class Send(ConnectionFault):
    """``send: {goAway: {timeLeft: 5s}}`` sends a message of your own behind that of its event, without placeholders."""

    send: Annotated[dict[str, Any], BeforeValidator(is_mapping), WithJsonSchema({"type": "object"})]

    def act(self) -> Act:
        """Send it, as compact as the real ones."""
        return Insert(json.dumps(_plain(self.send), separators=(",", ":")).encode())


def _plain(value: Any) -> Any:
    """The value of JSON that was written: scalars without quotes can be numbers and truth values."""
    if isinstance(value, dict):
        return {key: _plain(entry) for key, entry in value.items()}
    if isinstance(value, list):
        return [_plain(entry) for entry in value]
    return json_scalar(value) if isinstance(value, Unquoted) else value
