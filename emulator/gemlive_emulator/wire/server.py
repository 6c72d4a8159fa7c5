"""Server to client: everything the server may say.

Source: public proto ``BidiGenerateContentServerMessage`` (v1beta), the Live API reference pages of both back-ends,
and what google-genai 3.4 reads. The dialect joins ready pieces of JSON on its hot path; these models are the typed
view of them, and the reference for their encoding: tests read each message back.
"""

from collections.abc import Sequence
from typing import Annotated

from gemlive_emulator.wire import enums
from gemlive_emulator.wire.common import Content, FreeForm, FunctionCall, Int32, Int64, WireModel

Duration = str
"""A proto Duration in JSON: seconds with an ``s``, such as ``"50s"`` or ``"1.880s"``."""


class VoiceConsentSignature(WireModel):
    """Proof that a voice sample was consented to; to be sent back in later setups."""

    signature: str | None = None


class SetupComplete(WireModel):
    """The setup holds. Always the first message; ``session_id`` comes from Vertex only."""

    session_id: str | None = None
    voice_consent_signature: VoiceConsentSignature | None = None


class Word(WireModel):
    """One word of a transcription and when it was said."""

    word: str | None = None
    start_offset: Duration | None = None
    end_offset: Duration | None = None


class Transcription(WireModel):
    """A piece of what was said, to be appended to the pieces before it.

    The Gemini API sends ``text`` alone; Vertex opens with an empty one and closes with ``finished`` alone.
    """

    text: str | None = None
    finished: bool | None = None
    language_code: str | None = None
    speaker_label: str | None = None
    words: list[Word] | None = None
    start_offset: Duration | None = None
    end_offset: Duration | None = None


class SearchEntryPoint(WireModel):
    """HTML with search suggestions, which an application has to show."""

    rendered_content: str | None = None
    sdk_blob: bytes | None = None


class WebSource(WireModel):
    """A page that the answer rests on. ``domain`` comes from Vertex only."""

    uri: str | None = None
    title: str | None = None
    domain: str | None = None


class GroundingChunk(WireModel):
    """One source. ``retrieved_context`` and ``maps`` belong to tools that Live does not support."""

    web: WebSource | None = None
    retrieved_context: FreeForm | None = None
    maps: FreeForm | None = None


class Segment(WireModel):
    """A piece of the answer: byte offsets within a part."""

    part_index: Int32 | None = None
    start_index: Int32 | None = None
    end_index: Int32 | None = None
    text: str | None = None


class GroundingSupport(WireModel):
    """Which sources a piece of the answer rests on; confidences are 0 to 1."""

    segment: Segment | None = None
    grounding_chunk_indices: list[int] | None = None
    confidence_scores: list[float] | None = None


class RetrievalMetadata(WireModel):
    """How likely a search helps, 0 to 1."""

    google_search_dynamic_retrieval_score: float | None = None


class GroundingMetadata(WireModel):
    """What a search found. Vertex sends an empty one beside every ``turn_complete``."""

    web_search_queries: list[str] | None = None
    search_entry_point: SearchEntryPoint | None = None
    grounding_chunks: list[GroundingChunk] | None = None
    grounding_supports: list[GroundingSupport] | None = None
    retrieval_metadata: RetrievalMetadata | None = None
    image_search_queries: list[str] | None = None
    retrieval_queries: list[str] | None = None
    google_maps_widget_context_token: str | None = None


class UrlMetadata(WireModel):
    """One page that the URL context tool fetched."""

    retrieved_url: str | None = None
    url_retrieval_status: Annotated[str, enums.URL_RETRIEVAL_STATUS] | None = None


class UrlContextMetadata(WireModel):
    """What the URL context tool fetched."""

    url_metadata: list[UrlMetadata] | None = None


class ServerContent(WireModel):
    """The model's side of the conversation.

    A whole turn ends with ``generation_complete`` and, once the client can have played it all, ``turn_complete``; a
    cut one with ``interrupted`` and ``turn_complete``. ``interim_input_transcription`` replaces the one before it.
    ``waiting_for_input`` says that a proactive model stays silent. ``interaction_status`` came with 3.8;
    ``speech_state`` is on Vertex' reference page only.
    """

    model_turn: Content | None = None
    generation_complete: bool | None = None
    turn_complete: bool | None = None
    interrupted: bool | None = None
    input_transcription: Transcription | None = None
    output_transcription: Transcription | None = None
    interim_input_transcription: Transcription | None = None
    grounding_metadata: GroundingMetadata | None = None
    url_context_metadata: UrlContextMetadata | None = None
    turn_complete_reason: Annotated[str, enums.TURN_COMPLETE_REASON] | None = None
    waiting_for_input: bool | None = None
    interaction_status: Annotated[str, enums.INTERACTION_STATUS] | None = None
    speech_state: Annotated[str, enums.SPEECH_STATE] | None = None


class ToolCall(WireModel):
    """Functions that the client is to call now."""

    function_calls: Sequence[FunctionCall] = ()


class ToolCallCancellation(WireModel):
    """Calls that an interruption made void; a client may undo what it can."""

    ids: Sequence[str] = ()


class ModalityTokenCount(WireModel):
    """Tokens of one modality; a count of 0 is left out on the wire (recorded)."""

    modality: Annotated[str, enums.TOKEN_MODALITY] | None = None
    token_count: Int32 | None = None


class UsageMetadata(WireModel):
    """Tokens so far; rides in the message that carries ``turn_complete``.

    The prompt is the whole context, anew each turn. The Gemini API says ``response_*``, Vertex ``candidates_*`` for the
    same; each SDK drops the other's name silently. ``service_tier`` comes from the Gemini API only, ``traffic_type``
    from Vertex only.
    """

    prompt_token_count: Int32 | None = None
    cached_content_token_count: Int32 | None = None
    response_token_count: Int32 | None = None
    candidates_token_count: Int32 | None = None
    tool_use_prompt_token_count: Int32 | None = None
    thoughts_token_count: Int32 | None = None
    total_token_count: Int32 | None = None
    prompt_tokens_details: list[ModalityTokenCount] | None = None
    cache_tokens_details: list[ModalityTokenCount] | None = None
    response_tokens_details: list[ModalityTokenCount] | None = None
    candidates_tokens_details: list[ModalityTokenCount] | None = None
    tool_use_prompt_tokens_details: list[ModalityTokenCount] | None = None
    service_tier: str | None = None
    traffic_type: Annotated[str, enums.TRAFFIC_TYPE] | None = None


class GoAway(WireModel):
    """The connection will be closed after ``time_left``; resume on a new one."""

    time_left: Duration | None = None


class SessionResumptionUpdate(WireModel):
    """A new handle, or word that the session cannot be resumed just now.

    While the model generates or waits for a tool, the server sends it empty. The index comes with ``transparent``
    resumption only (Vertex).
    """

    new_handle: str | None = None
    resumable: bool | None = None
    last_consumed_client_message_index: Int64 | None = None


class VoiceActivity(WireModel):
    """The server heard speech begin or end, ``audio_offset`` into the audio that came in."""

    type: Annotated[str, enums.VOICE_ACTIVITY] | None = None
    audio_offset: Duration | None = None


class VoiceActivityDetectionSignal(WireModel):
    """The older form of :class:`VoiceActivity`, for allow-listed projects."""

    vad_signal_type: Annotated[str, enums.VAD_SIGNAL] | None = None


class ServerMessage(WireModel):
    """One message of the server: one of the fields, with ``usage_metadata`` or ``voice_activity`` beside it at times.

    3.x families also send it empty. ``interaction_status`` stands here beside ``tool_call`` (docs of 3.8).
    """

    setup_complete: SetupComplete | None = None
    server_content: ServerContent | None = None
    tool_call: ToolCall | None = None
    tool_call_cancellation: ToolCallCancellation | None = None
    usage_metadata: UsageMetadata | None = None
    go_away: GoAway | None = None
    session_resumption_update: SessionResumptionUpdate | None = None
    voice_activity: VoiceActivity | None = None
    voice_activity_detection_signal: VoiceActivityDetectionSignal | None = None
    interaction_status: Annotated[str, enums.INTERACTION_STATUS] | None = None
