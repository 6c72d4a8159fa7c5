"""The enumerations of the protocol, and how a client may spell their values.

Fields stay plain ``str``: a value of next year must not close a session of today. The codec brings every known
spelling to the documented upper-case name.
"""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class EnumNames:
    """The documented names of one enumeration, in the order of their numbers in the public proto.

    Attributes:
        names: full upper-case names; the index is the number that proto-JSON also allows.
        prefix: what short forms leave out, such as ``START_SENSITIVITY_`` of ``HIGH``.
        synonyms: other spellings that Google's own pages and samples use, upper-case.
    """

    names: tuple[str, ...]
    prefix: str = ""
    synonyms: dict[str, str] = field(default_factory=dict, hash=False)

    def full(self, value: object) -> str | None:
        """The documented name for a spelling in any case, a short form or a number; ``None`` if there is none."""
        if isinstance(value, str):
            upper = value.upper()
            for name in (upper, self.prefix + upper, self.synonyms.get(upper)):
                if name in self.names:
                    return name
        elif isinstance(value, int) and not isinstance(value, bool) and 0 <= value < len(self.names):
            return self.names[value]
        return None


def _prefixed(prefix: str, *short: str) -> EnumNames:
    return EnumNames(tuple(prefix + name for name in ("UNSPECIFIED", *short)), prefix)


MODALITY = EnumNames(("MODALITY_UNSPECIFIED", "TEXT", "IMAGE", "AUDIO", "VIDEO"), "MODALITY_")
TOKEN_MODALITY = EnumNames(("MODALITY_UNSPECIFIED", "TEXT", "IMAGE", "VIDEO", "AUDIO", "DOCUMENT"), "MODALITY_")
MEDIA_RESOLUTION = _prefixed("MEDIA_RESOLUTION_", "LOW", "MEDIUM", "HIGH")
THINKING_LEVEL = EnumNames(
    ("THINKING_LEVEL_UNSPECIFIED", "LOW", "MEDIUM", "HIGH", "MINIMAL", "XHIGH"), "THINKING_LEVEL_"
)
START_SENSITIVITY = _prefixed("START_SENSITIVITY_", "HIGH", "LOW")
END_SENSITIVITY = _prefixed("END_SENSITIVITY_", "HIGH", "LOW")
ACTIVITY_HANDLING = EnumNames(
    ("ACTIVITY_HANDLING_UNSPECIFIED", "START_OF_ACTIVITY_INTERRUPTS", "NO_INTERRUPTION"), "ACTIVITY_HANDLING_"
)
TURN_COVERAGE = EnumNames(
    (
        "TURN_COVERAGE_UNSPECIFIED",
        "TURN_INCLUDES_ONLY_ACTIVITY",
        "TURN_INCLUDES_ALL_INPUT",
        "TURN_INCLUDES_AUDIO_ACTIVITY_AND_ALL_VIDEO",
    ),
    "TURN_INCLUDES_",
    {"UNSPECIFIED": "TURN_COVERAGE_UNSPECIFIED"},
)
TRANSCRIPTION_MODE = EnumNames(("MODE_UNSPECIFIED", "VERBATIM", "SMART"), "MODE_")
BEHAVIOR = EnumNames(("UNSPECIFIED", "BLOCKING", "NON_BLOCKING"), synonyms={"BEHAVIOR_UNSPECIFIED": "UNSPECIFIED"})
SCHEDULING = EnumNames(
    ("SCHEDULING_UNSPECIFIED", "SILENT", "WHEN_IDLE", "INTERRUPT"), "SCHEDULING_", {"INTERRUPTED": "INTERRUPT"}
)
SCHEMA_TYPE = EnumNames(
    ("TYPE_UNSPECIFIED", "STRING", "NUMBER", "INTEGER", "BOOLEAN", "ARRAY", "OBJECT", "NULL"), "TYPE_"
)
HARM_CATEGORY = EnumNames(
    (
        "HARM_CATEGORY_UNSPECIFIED",
        "HARM_CATEGORY_DEROGATORY",
        "HARM_CATEGORY_TOXICITY",
        "HARM_CATEGORY_VIOLENCE",
        "HARM_CATEGORY_SEXUAL",
        "HARM_CATEGORY_MEDICAL",
        "HARM_CATEGORY_DANGEROUS",
        "HARM_CATEGORY_HARASSMENT",
        "HARM_CATEGORY_HATE_SPEECH",
        "HARM_CATEGORY_SEXUALLY_EXPLICIT",
        "HARM_CATEGORY_DANGEROUS_CONTENT",
        "HARM_CATEGORY_CIVIC_INTEGRITY",
        "HARM_CATEGORY_JAILBREAK",
        "HARM_CATEGORY_IMAGE_HATE",
        "HARM_CATEGORY_IMAGE_DANGEROUS_CONTENT",
        "HARM_CATEGORY_IMAGE_HARASSMENT",
        "HARM_CATEGORY_IMAGE_SEXUALLY_EXPLICIT",
    ),
    "HARM_CATEGORY_",
)
HARM_THRESHOLD = EnumNames(
    (
        "HARM_BLOCK_THRESHOLD_UNSPECIFIED",
        "BLOCK_LOW_AND_ABOVE",
        "BLOCK_MEDIUM_AND_ABOVE",
        "BLOCK_ONLY_HIGH",
        "BLOCK_NONE",
        "OFF",
    ),
    "HARM_BLOCK_THRESHOLD_",
)
HARM_METHOD = EnumNames(("HARM_BLOCK_METHOD_UNSPECIFIED", "SEVERITY", "PROBABILITY"), "HARM_BLOCK_METHOD_")
CODE_LANGUAGE = EnumNames(("LANGUAGE_UNSPECIFIED", "PYTHON"), "LANGUAGE_")
CODE_OUTCOME = _prefixed("OUTCOME_", "OK", "FAILED", "DEADLINE_EXCEEDED")
