"""The models: what each can do, in the words of its documentation. Status as of November 2026."""

from gemlive_emulator.audio.voice_table import VOICES
from gemlive_emulator.profiles.languages import LANGUAGES
from gemlive_emulator.records import dataclass
from gemlive_emulator.wire.endpoint import Backend

GEMINI = frozenset({Backend.GEMINI})
VERTEX = frozenset({Backend.VERTEX})
BOTH = GEMINI | VERTEX
AUDIO = ("AUDIO",)
TEXT = ("TEXT",)
EITHER = ("AUDIO", "TEXT")


@dataclass(frozen=True, slots=True)
class Model:
    """One model.

    Attributes:
        id: bare, as in the last segment of its resource name.
        family: key of ``families.FAMILIES``.
        backends: where it is served.
        display_name: for people.
        description: one sentence.
        modalities: what it can answer with, one at a time; the first is the default (recorded: without any
            configuration the half-cascade models answer with audio).
        input_tokens: limit of the context.
        output_tokens: limit of an answer.
        status: ``ga``, ``preview``, ``deprecated``, ``shut down`` or ``experimental``.
        thinking: whether it thinks.
        context_tokens: window of a live session where it is smaller than ``input_tokens``.
        methods: of the model listing.
    """

    id: str
    family: str
    backends: frozenset[Backend]
    display_name: str
    description: str
    modalities: tuple[str, ...]
    input_tokens: int
    output_tokens: int
    status: str
    thinking: bool = False
    context_tokens: int = 131_072
    methods: tuple[str, ...] = ("countTokens", "bidiGenerateContent")

    @property
    def chooses_language(self) -> bool:
        """Whether it takes the language from the conversation, whatever ``languageCode`` says (documented)."""
        return self.family not in ("2.0", "half-cascade")

    @property
    def languages(self) -> tuple[str, ...]:
        """BCP-47 codes of what it speaks; empty where the documentation lists none (2.x)."""
        return LANGUAGES if self.family.startswith("3.") else ()

    @property
    def voices(self) -> tuple[str, ...]:
        """Prebuilt voices; none if it never speaks."""
        return VOICES if "AUDIO" in self.modalities else ()

    @property
    def typical(self) -> bool:
        """Whether it is a plain conversation model that can stand for its family."""
        return not any(word in self.id for word in ("translate", "transcribe", "robotics"))


_NATIVE = "Speaks and listens natively; answers with audio only."
_CASCADE = "Listens natively, speaks through text; answers with text or audio."

MODELS: tuple[Model, ...] = (
    Model("gemini-3.8-live", "3.8", BOTH, "Gemini 3.8 Live", _NATIVE, AUDIO, 131_072, 65_536, "ga", thinking=True),
    Model(
        "gemini-3.8-live-extended-thinking",
        "3.8-extended-thinking",
        GEMINI,
        "Gemini 3.8 Live Extended Thinking",
        "Thinks at length before it answers; answers with audio only.",
        AUDIO,
        131_072,
        65_536,
        "ga",
        thinking=True,
    ),
    Model(
        "gemini-3.5-live-translate-preview",
        "3.1",
        GEMINI,
        "Gemini 3.5 Live Translate Preview",
        "Translates speech as it is spoken.",
        EITHER,
        131_072,
        65_536,
        "preview",
    ),
    Model(
        "gemini-3.5-transcribe-live",
        "3.1",
        GEMINI,
        "Gemini 3.5 Transcribe Live",
        "Transcribes speech; answers with text only.",
        TEXT,
        131_072,
        65_536,
        "preview",
    ),
    Model(
        "gemini-3.5-transcribe-live-preview",
        "3.1",
        VERTEX,
        "Gemini 3.5 Transcribe Live Preview",
        "Transcribes speech; answers with text only.",
        TEXT,
        131_072,
        65_536,
        "preview",
    ),
    Model(
        "gemini-robotics-er-2-streaming-preview",
        "3.1",
        GEMINI,
        "Gemini Robotics-ER 2 Streaming Preview",
        "Reasons about what a robot sees; answers with text only.",
        TEXT,
        131_072,
        65_536,
        "preview",
    ),
    Model(
        "gemini-3.1-flash-live-preview",
        "3.1",
        GEMINI,
        "Gemini 3.1 Flash Live Preview",
        _NATIVE,
        AUDIO,
        131_072,
        65_536,
        "preview",
        thinking=True,
    ),
    *(
        Model(id_, "2.5-native-audio", GEMINI, name, _NATIVE, AUDIO, 131_072, 8_192, status, thinking=thinks)
        for id_, name, status, thinks in (
            ("gemini-2.5-flash-native-audio-latest", "Gemini 2.5 Flash Native Audio Latest", "deprecated", True),
            (
                "gemini-2.5-flash-native-audio-preview-12-2025",
                "Gemini 2.5 Flash Native Audio Preview 12-2025",
                "deprecated",
                True,
            ),
            (
                "gemini-2.5-flash-native-audio-preview-09-2025",
                "Gemini 2.5 Flash Native Audio Preview 09-2025",
                "deprecated",
                True,
            ),
            (
                "gemini-2.5-flash-exp-native-audio-thinking-dialog",
                "Gemini 2.5 Flash Exp Native Audio Thinking Dialog",
                "shut down",
                True,
            ),
            (
                "gemini-2.5-flash-preview-native-audio-dialog",
                "Gemini 2.5 Flash Preview Native Audio Dialog",
                "shut down",
                False,
            ),
        )
    ),
    *(
        Model(id_, "2.5-native-audio", VERTEX, name, _NATIVE, AUDIO, 131_072, 65_536, status, thinking=True)
        for id_, name, status in (
            ("gemini-live-2.5-flash-native-audio", "Gemini Live 2.5 Flash Native Audio", "ga"),
            (
                "gemini-live-2.5-flash-preview-native-audio-09-2025",
                "Gemini Live 2.5 Flash Preview Native Audio 09-2025",
                "deprecated",
            ),
            (
                "gemini-live-2.5-flash-preview-native-audio",
                "Gemini Live 2.5 Flash Preview Native Audio",
                "deprecated",
            ),
        )
    ),
    *(
        Model(id_, "half-cascade", where, name, _CASCADE, EITHER, 131_072, 8_192, status, context_tokens=32_768)
        for id_, where, name, status in (
            ("gemini-live-2.5-flash", VERTEX, "Gemini Live 2.5 Flash", "ga"),
            ("gemini-live-2.5-flash-preview", GEMINI, "Gemini Live 2.5 Flash Preview", "shut down"),
            ("gemini-2.0-flash-live-preview-04-09", VERTEX, "Gemini 2.0 Flash Live Preview 04-09", "deprecated"),
        )
    ),
    *(
        Model(id_, "2.0", where, name, _CASCADE, EITHER, 131_072, 8_192, status, context_tokens=32_768)
        for id_, where, name, status in (
            ("gemini-2.0-flash-live-001", GEMINI, "Gemini 2.0 Flash Live 001", "shut down"),
            ("gemini-2.0-flash-exp", BOTH, "Gemini 2.0 Flash Experimental", "shut down"),
        )
    ),
)

_BY_ID = {model.id: model for model in MODELS}

OTHER_METHODS = frozenset({"lyria-realtime-exp"})
"""Models that exist, but speak another method than BidiGenerateContent."""


def find(name: str) -> Model | None:
    """The model of this name, bare or as a resource name (``models/X``, ``projects/.../models/X``)."""
    return _BY_ID.get(name.rsplit("/", 1)[-1])
