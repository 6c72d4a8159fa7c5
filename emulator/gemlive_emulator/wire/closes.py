"""Close codes of the real server with their exact words. The full sentence stands here; the wire cuts it at 123 bytes.

Each name says when it comes; the comment gives the source of the words (public issues, recordings, measurements).
"""

from gemlive_emulator.wire.errors import ClientFault

INVALID = 1007
"""INVALID_ARGUMENT, FAILED_PRECONDITION, and bad API keys."""
POLICY = 1008
"""NOT_FOUND, PERMISSION_DENIED, UNIMPLEMENTED, ABORTED."""
INTERNAL = 1011
"""INTERNAL, UNAVAILABLE, DEADLINE_EXCEEDED, RESOURCE_EXHAUSTED."""
LOST = 1006
"""What is told of a connection that ended without a close frame; never on the wire (RFC 6455 s. 7.1.5)."""

SENDABLE = frozenset((*range(1000, 1004), *range(1007, 1015), *range(3000, 5000)))
"""Codes that a close frame may carry (RFC 6455 s. 7.4)."""

Close = tuple[int, str]

# The catch-all (adk-python#225, cookbook#781, livekit agents-js#1186).
INVALID_ARGUMENT: Close = (INVALID, "Request contains an invalid argument.")
# Measured with a second setup and with content before setup, 2026-07.
SETUP_FIRST: Close = (INVALID, "setup must be the first message and only the first")
# cookbook#793, java-genai#803: TEXT asked of 2.5 native audio.
NO_VOICES: Close = (INVALID, "Cannot extract voices from a non-audio request.")
# python-genai's own error test.
TWO_MODALITIES: Close = (
    INVALID,
    "At most one response modality can be specified in the setup request. To enable simultaneous transcription and "
    "audio output, please enable `output_audio_transcription` in the setup request.",
)
# Measured with manual activity signals while automatic detection is on.
EXPLICIT_ACTIVITY: Close = (
    INVALID,
    "Explicit activity control is not supported when automatic activity detection is enabled.",
)
# Measured on 3.1: activityEnd without activityStart, in manual mode.
PRECONDITION: Close = (INVALID, "Precondition check failed.")
# Forum thread 114644, js-genai#1236: realtime input while a tool call is pending.
NOT_IMPLEMENTED: Close = (POLICY, "Operation is not implemented, or supported, or enabled.")
# mastra#18287, sokuji#150: 3.1 and later; 2.x still takes media chunks.
MEDIA_CHUNKS: Close = (INVALID, "realtime_input.media_chunks is deprecated. Use audio, video, or text instead.")
# openclaw#152413.
THINKING_LEVEL: Close = (INVALID, "Thinking level is not supported for this model")
# theoremai, tried 2026-10-01: 3.8 with extended thinking and without a level.
NO_THINKING_LEVEL: Close = (INVALID, "Thinking level must be specified for this model")
# Reported for 3.1 with a PDF in clientContent.
FILE_DATA: Close = (POLICY, "Operation not supported")
# adk-samples and fixtures of public code.
NOT_LIVE: Close = (POLICY, "Requested model is not supported for BidiGenerateContent.")
# Youtube_demos#5: an expired or unknown resumption handle.
SESSION_NOT_FOUND: Close = (POLICY, "BidiGenerateContent session not found")
# Public code: a malformed or foreign handle.
INVALID_HANDLE: Close = (INVALID, "Invalid session handle")
# deprecated-generative-ai-js#487: after a tool response; for an unknown id this fits best (inferred).
ENTITY_NOT_FOUND: Close = (POLICY, "Requested entity was not found.")
# openclaw#152413: scheduling on 3.8 with extended thinking.
NO_SCHEDULING: Close = (INVALID, "Function response scheduling is not supported for this model")
# autonomous-os#238.
ABORTED: Close = (POLICY, "The operation was aborted.")
# sokuji#179, adk-python#4140: at the end of the ten minutes of a connection.
DEADLINE: Close = (INTERNAL, "Deadline expired before operation could complete.")
# reachy_mini_conversation_app#357: after the end of a session whose goAway was not heeded.
GO_AWAY_IGNORED: Close = (
    POLICY,
    "Connection aborted because the client failed to close the connection after receiving a GoAway signal once the "
    "session duration expired",
)
# python-genai#985.
INTERNAL_ERROR: Close = (INTERNAL, "Internal error encountered.")
# livekit#2274, measured 2026-09: for ever, after a resumption with the handle of another model.
INTERNAL_OCCURRED: Close = (INTERNAL, "Internal error occurred.")
# adk-streaming-guide#11, python-genai#760: at any time.
UNAVAILABLE: Close = (INTERNAL, "The service is currently unavailable.")
# adk-python#3692: at the ten minutes of a connection, or for a tool response to a session that is about to end.
THREAD_CANCELLED: Close = (
    INTERNAL,
    "Thread was cancelled when writing StartStep status to channel.; Failed to close the streaming context; status = "
    "CANCELLED: ",
)
# Public code: at the ten minutes; what comes after these words was not told.
INFERENCE_FAILED: Close = (INTERNAL, "Failed to run inference for model: go/debugonly")
# cookbook#387, livekit#1679: December 2024 to March 2025; the identifier is that of one report, and nothing behind the
# 123rd byte was ever seen.
RPC_DEADLINE: Close = (INTERNAL, "Request trace id: 434a1f2042ea7643, [ORIGINAL ERROR] RPC::DEADLINE_EXCEEDED: ")
RPC_OVERLOADED: Close = (
    INTERNAL,
    "Request trace id: 434a1f2042ea7643, [ORIGINAL ERROR] extensible_stubs::OVERLOADED_TOO_MANY_RETRIES_PER_REQUEST: "
    "You are most likely sending too much.",
)
# Measured 2026-09-18: ephemeral tokens whose uses are spent; that expire while in use; that had expired before.
TOKEN_SPENT: Close = (INTERNAL, "Token has been used too many times")
TOKEN_EXPIRES: Close = (INTERNAL, "auth token has expired")
TOKEN_EXPIRED: Close = (INTERNAL, "Token has expired")

KEY_STATES: dict[str, Close] = {
    # Public code: the socket opens and is closed once setup came.
    "invalid": (INVALID, "API key not valid. Please pass a valid API key."),
    # voiceclaw#155.
    "expired": (INVALID, "API key expired. Please renew the API key."),
    # cookbook#781.
    "wrong-location": (INVALID, "User location is not supported for the API use."),
    # Reported for a project in which the API is off.
    "disabled": (
        POLICY,
        "Generative Language API has not been used in project 000000000000 before or it is disabled. Enable it by "
        "visiting the API's page in the cloud console, then retry.",
    ),
    # Public code (fixture).
    "denied": (POLICY, "Your project has been denied access. Please contact support."),
    # python-genai#874: quota, and too many sessions at once.
    "out-of-quota": (
        INTERNAL,
        "You exceeded your current quota, please check your plan and billing details. For more information on this "
        "error, head to: https://ai.google.dev/gemini-api/docs/rate-limits.",
    ),
    # Measured 2026-06-08.
    "spending-cap": (
        INTERNAL,
        "Your project has exceeded its monthly spending cap. Please go to AI Studio at https://ai.studio/spend to "
        "manage your project spend cap.",
    ),
    # Public code.
    "no-credits": (INTERNAL, "Your prepayment credits are depleted. Please go to AI Studio to manage your billing."),
}
"""What happens to a key in each state other than ``valid``; all come after the upgrade, as close frames."""


def model_not_found(model: str, api_version: str) -> Close:
    """Unknown, retired or text-only model on the Gemini API (adk-samples#23, livekit agents#4414; cut as recorded)."""
    return (
        POLICY,
        f"models/{model} is not found for API version {api_version}, or is not supported for bidiGenerateContent. "
        "Call ListModels to see the list of available models and their supported methods.",
    )


def publisher_model_not_found(name: str) -> Close:
    """Unknown model on Vertex (adk-python#3314); ``name`` is the resource name as the client gave it."""
    return (POLICY, f"Publisher Model `{name}` was not found or your project does not have access to it.")


def modalities_not_supported(asked: str, model: str, accepted: list[str]) -> Close:
    """The newer words for a modality that the model cannot give (one handshake per pair, 2026-09)."""
    bullets = "".join(f"* {modality}\n" for modality in accepted)
    return (
        INVALID,
        f"The requested combination of response modalities ({asked}) is not supported by the model. models/{model} "
        f"accepts the following combination of response modalities:\n{bullets}",
    )


def unknown_name(name: str, place: str) -> Close:
    """A field that this API version or the parser does not know; ``place`` like ``setup.generation_config``."""
    return (INVALID, f"Invalid JSON payload received. Unknown name \"{name}\" at '{place}': Cannot find field.")


def last_turn_not_user(trace: str) -> Close:
    """2.0 with a model turn last (pipecat#1495); ``trace`` is 16 hexadecimal digits."""
    return (
        INVALID,
        f"Request trace id: {trace}, [ORIGINAL ERROR] generic::invalid_argument: Last chunk before turn_complete must "
        "have role user.",
    )


def prompt_too_long(system: int, user: int) -> Close:
    """A system instruction beyond the model's prompt limit; both in tokens."""
    return (
        INVALID,
        f"the system instruction has {system} tokens, user system instruction has {user} tokens, and user footer has "
        f"0 tokens. The sum is above the limit.",
    )


def fault(close: Close, hint: str = "") -> ClientFault:
    """The exception that carries a close; ``hint`` says in the log what was wrong and what would be right."""
    return ClientFault(*close, hint)
