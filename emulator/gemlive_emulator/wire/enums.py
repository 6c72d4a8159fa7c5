"""The enumerations of the protocol, and how a client may spell their values.

Fields stay plain ``str``: a value of next year must not close a session of today. The codec brings every known
spelling to the documented upper-case name.
"""

from dataclasses import field

from gemlive_emulator.records import dataclass


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
URL_RETRIEVAL_STATUS = _prefixed("URL_RETRIEVAL_STATUS_", "SUCCESS", "ERROR", "PAYWALL", "UNSAFE")
INTERACTION_STATUS = EnumNames(
    ("INTERACTION_STATUS_UNSPECIFIED", "IN_PROGRESS", "REQUIRES_ACTION", "IDLE"), "INTERACTION_STATUS_"
)
SPEECH_STATE = EnumNames(("SPEECH_STATE_UNSPECIFIED", "NON_SPEECH", "SPEECH"), "SPEECH_STATE_")
VOICE_ACTIVITY = EnumNames(("TYPE_UNSPECIFIED", "ACTIVITY_START", "ACTIVITY_END"), "ACTIVITY_")
VAD_SIGNAL = _prefixed("VAD_SIGNAL_TYPE_", "SOS", "EOS")
TRAFFIC_TYPE = EnumNames(
    (
        "TRAFFIC_TYPE_UNSPECIFIED",
        "ON_DEMAND",
        "PROVISIONED_THROUGHPUT",
        "ON_DEMAND_PRIORITY",
        "ON_DEMAND_FLEX",
        "ON_DEMAND_OFFPEAK",
    ),
    "TRAFFIC_TYPE_",
)
TURN_COMPLETE_REASON = EnumNames(
    (
        "TURN_COMPLETE_REASON_UNSPECIFIED",
        "MALFORMED_FUNCTION_CALL",
        "RESPONSE_REJECTED",
        "NEED_MORE_INPUT",
        "PROHIBITED_INPUT_CONTENT",
        "IMAGE_PROHIBITED_INPUT_CONTENT",
        "INPUT_TEXT_CONTAIN_PROMINENT_PERSON_PROHIBITED",
        "INPUT_IMAGE_CELEBRITY",
        "INPUT_IMAGE_PHOTO_REALISTIC_CHILD_PROHIBITED",
        "INPUT_TEXT_NCII_PROHIBITED",
        "INPUT_OTHER",
        "INPUT_IP_PROHIBITED",
        "BLOCKLIST",
        "UNSAFE_PROMPT_FOR_IMAGE_GENERATION",
        "GENERATED_IMAGE_SAFETY",
        "GENERATED_CONTENT_SAFETY",
        "GENERATED_AUDIO_SAFETY",
        "GENERATED_VIDEO_SAFETY",
        "GENERATED_CONTENT_PROHIBITED",
        "GENERATED_CONTENT_BLOCKLIST",
        "GENERATED_IMAGE_PROHIBITED",
        "GENERATED_IMAGE_CELEBRITY",
        "GENERATED_IMAGE_PROMINENT_PEOPLE_DETECTED_BY_REWRITER",
        "GENERATED_IMAGE_IDENTIFIABLE_PEOPLE",
        "GENERATED_IMAGE_MINORS",
        "OUTPUT_IMAGE_IP_PROHIBITED",
        "GENERATED_OTHER",
        "MAX_REGENERATION_REACHED",
    )
)
