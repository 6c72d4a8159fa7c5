"""Faults of content: what goes out is no message, or not one that a client knows."""

import random
from dataclasses import replace

from gemlive_emulator.scenario.faults.form import MessageFault, Plain
from gemlive_emulator.scenario.faults.parcel import Parcel

STRANGE = {"unheardOf": {"is": ["new", 1]}}
"""No message and no field of the API is called so."""

_NULLS = {"toolCall": None, "goAway": None, "usageMetadata": None}
_CONTENT_NULLS = {"interrupted": False, "turnComplete": False, "generationComplete": False, "groundingMetadata": None}


class Malformed(MessageFault):
    """``- malformed`` sends the first half of the JSON."""

    malformed: Plain

    def change(self, parcel: Parcel, chance: random.Random) -> list[Parcel]:
        """Its first half."""
        return [replace(parcel, payload=parcel.payload[: len(parcel.payload) // 2])]


class NotUtf8(MessageFault):
    """``- not_utf8`` puts the byte FF into the text: no UTF-8 has it."""

    not_utf8: Plain

    def change(self, parcel: Parcel, chance: random.Random) -> list[Parcel]:
        """With that byte behind its first quote."""
        head, quote, tail = parcel.payload.partition(b'"')
        return [replace(parcel, payload=head + quote + b"\xff" + tail)]


class WrongFrame(MessageFault):
    """``- wrong_frame`` sends a text frame instead of a binary one, or a binary one with ``text_frames``."""

    wrong_frame: Plain

    def change(self, parcel: Parcel, chance: random.Random) -> list[Parcel]:
        """In the other kind of frame."""
        return [replace(parcel, other_frame=True)]


class UnknownField(MessageFault):
    """``- unknown_field`` adds fields that no version of the API has."""

    unknown_field: Plain

    def change(self, parcel: Parcel, chance: random.Random) -> list[Parcel]:
        """With more in it."""
        body = parcel.body
        content = body.get("serverContent")
        more = {"serverContent": {**content, **STRANGE}} if isinstance(content, dict) else {}
        return [parcel.of({**body, **more, **STRANGE})]


class UnknownMessage(MessageFault):
    """``- unknown_message`` sends a message before it that no version of the API has."""

    unknown_message: Plain

    def change(self, parcel: Parcel, chance: random.Random) -> list[Parcel]:
        """With another before it."""
        return [parcel.of(STRANGE), parcel]


class Nulls(MessageFault):
    """``- nulls`` adds fields that are null or false; the real server leaves such fields out."""

    nulls: Plain

    def change(self, parcel: Parcel, chance: random.Random) -> list[Parcel]:
        """With nothing more in it, at length."""
        body = parcel.body
        content = body.get("serverContent")
        more = {"serverContent": {**_CONTENT_NULLS, **content}} if isinstance(content, dict) else {}
        return [parcel.of({**_NULLS, **body, **more})]
