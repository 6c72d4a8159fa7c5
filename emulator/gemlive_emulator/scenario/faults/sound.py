"""Faults of the audio that goes out."""

import random
from abc import abstractmethod
from collections.abc import Callable
from typing import Annotated, ClassVar

from gemlive_emulator.audio.speech import OUTPUT_RATE
from gemlive_emulator.scenario.faults.form import MessageFault, Plain
from gemlive_emulator.scenario.faults.parcel import Body, Parcel, octets_of, set_octets, sounds_of
from gemlive_emulator.scenario.fields import Duration, ScenarioPart, Text
from gemlive_emulator.scenario.step_form import short_for


class SoundFault(MessageFault):
    """Something happens to messages with audio."""

    @property
    def about(self) -> str:
        """Only those with audio."""
        return "audio"

    def change(self, parcel: Parcel, chance: random.Random) -> list[Parcel]:
        """The message with other sound in it."""
        body = parcel.body
        for blob in sounds_of(body):
            self.spoil(blob)
        return [parcel.of(body)]

    @abstractmethod
    def spoil(self, blob: Body) -> None:
        """Change the blob in place."""


def _spoilt(blob: Body, change: Callable[[bytes], bytes]) -> None:
    set_octets(blob, change(octets_of(blob)))


class OddAudio(SoundFault):
    """``- odd_audio`` cuts the last byte off a part of audio, and so half a sample."""

    odd_audio: Plain

    def spoil(self, blob: Body) -> None:
        """Without its last byte."""
        _spoilt(blob, lambda octets: octets[:-1])


class EmptyAudio(SoundFault):
    """``- empty_audio`` sends a part of audio without a sample."""

    empty_audio: Plain

    def spoil(self, blob: Body) -> None:
        """Without sound."""
        set_octets(blob, b"")


class Rest(ScenarioPart):
    """How much is left."""

    keep: Duration


class CutAudio(SoundFault):
    """``cut_audio: 20ms`` sends only so much of a part of audio."""

    cut_audio: Annotated[Rest, short_for("keep")]

    def spoil(self, blob: Body) -> None:
        """Its beginning."""
        size = 2 * round(self.cut_audio.keep * OUTPUT_RATE)
        _spoilt(blob, lambda octets: octets[:size])


class TypeForm(ScenarioPart):
    """The ``mimeType`` of audio; ``""`` for none."""

    type: Text


class MimeType(SoundFault):
    """``mime_type: audio/pcm;rate=16000`` is told of the audio from there on, whatever it is; ``""`` tells nothing."""

    lasting: ClassVar[bool] = True
    mime_type: Annotated[TypeForm, short_for("type")]

    def spoil(self, blob: Body) -> None:
        """With another type, or none."""
        if self.mime_type.type:
            blob["mimeType"] = self.mime_type.type
        else:
            del blob["mimeType"]
