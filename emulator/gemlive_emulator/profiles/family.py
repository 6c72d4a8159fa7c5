"""What is known of a model family: the record that :mod:`~gemlive_emulator.profiles.families` has one of for each."""

from typing import Literal

from gemlive_emulator.audio.activity import Sensitivity
from gemlive_emulator.profiles.google_refusals import NO_LIVE_MODEL
from gemlive_emulator.profiles.manner import Manner
from gemlive_emulator.records import dataclass
from gemlive_emulator.session.behaviour import Behaviour
from gemlive_emulator.wire.endpoint import Backend


@dataclass(frozen=True, slots=True)
class Refusals:
    """What the family refuses, beside what every family refuses.

    Attributes:
        text_modality: ``voices`` (2.5's words for TEXT on an audio-only model) or ``combination`` (3.x's).
        two_modalities: more than one response modality closes; else, as where none is given, speech is answered aloud,
            and typed turns with nothing.
        media_chunks: ``realtimeInput.mediaChunks`` closes.
        thinking: whether any thinking configuration is fine, none may be given, or a level is required.
        proactive_off: ``proactiveAudio: false`` closes.
        search_with_functions: Google Search beside function declarations closes (reported for 2.0 and 2.5 in
            adk-python#225; Google's own console sends both, so it is allowed by default).
        model_turn_last: ``turnComplete`` after a model turn closes.
        tool_parts: function calls or responses in ``clientContent`` close.
        file_data: ``fileData`` in ``clientContent`` closes.
        empty_tools: an empty list of tools closes (reported for 3.1; lenient by default).
        google_tools: those of Google's own tools that close, as the fields of ``Tool`` are called.
    """

    text_modality: Literal["voices", "combination"] = "combination"
    two_modalities: bool = True
    media_chunks: bool = False
    thinking: Literal["any", "none", "required"] = "any"
    proactive_off: bool = False
    search_with_functions: bool = False
    model_turn_last: bool = False
    tool_parts: bool = False
    file_data: bool = False
    empty_tools: bool = False
    google_tools: tuple[str, ...] = NO_LIVE_MODEL


@dataclass(frozen=True, slots=True)
class Family:
    """A model family.

    Attributes:
        name: key in ``FAMILIES``, and what ``--profile`` takes.
        behaviour: what the session core reads.
        manner: what the dialect reads, on the Gemini API.
        vertex_manner: the same on Vertex.
        always_proactive: whether the model may stay silent without being asked to (documented for 3.8).
        vertex_sensitivity: of starts and ends of speech on Vertex (SDK: HIGH and HIGH on the Gemini API, LOW and LOW on
            Vertex; the model page of 2.5 native audio says LOW and HIGH).
        refusals: what it refuses.
        thinks_by_default: whether thoughts come without a thinking configuration.
    """

    name: str
    behaviour: Behaviour
    manner: Manner
    vertex_manner: Manner
    refusals: Refusals = Refusals()
    thinks_by_default: bool = False
    always_proactive: bool = False
    vertex_sensitivity: tuple[Sensitivity, Sensitivity] = ("LOW", "LOW")

    def manner_on(self, backend: Backend) -> Manner:
        """How it words its messages on this back-end."""
        return self.vertex_manner if backend is Backend.VERTEX else self.manner
