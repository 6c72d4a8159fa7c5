"""The first message of a session: which model, and how it shall behave.

Source: public proto ``BidiGenerateContentSetup`` (v1beta), Google's Live API pages, and google-genai 3.4 for what the
public proto lacks (proactivity, history, thinking level, avatars, labels) and for Vertex.
"""

from typing import Annotated, Any

from gemlive_emulator.wire import enums
from gemlive_emulator.wire.common import Content, FreeForm, Int32, Int64, WireModel
from gemlive_emulator.wire.tools import Tool


class PrebuiltVoiceConfig(WireModel):
    """One of Google's voices, such as ``Puck`` or ``Kore``."""

    voice_name: str | None = None


class ReplicatedVoiceConfig(WireModel):
    """A voice made from a sample (allow-listed projects); the audio is in ``mime_type``."""

    mime_type: str | None = None
    voice_sample_audio: bytes | None = None
    consent_audio: bytes | None = None
    voice_consent_signature: FreeForm | None = None


class VoiceConfig(WireModel):
    """Which voice speaks: prebuilt, replicated, or by name alone (``voice``, google-genai 3.x)."""

    prebuilt_voice_config: PrebuiltVoiceConfig | None = None
    replicated_voice_config: ReplicatedVoiceConfig | None = None
    voice: str | None = None


class SpeechConfig(WireModel):
    """How the model speaks. ``language_code`` is BCP-47; native-audio models choose the language themselves."""

    voice_config: VoiceConfig | None = None
    language_code: str | None = None
    multi_speaker_voice_config: FreeForm | None = None


class ThinkingConfig(WireModel):
    """How much the model thinks, and whether it shows it.

    ``thinking_budget`` is in tokens, 0 = off, -1 = automatic (2.5 models); ``thinking_level`` is MINIMAL, LOW, MEDIUM,
    HIGH or XHIGH (3.x models).
    """

    include_thoughts: bool | None = None
    thinking_budget: Int32 | None = None
    thinking_level: Annotated[str, enums.THINKING_LEVEL] | None = None


class TranslationConfig(WireModel):
    """Live translation (``gemini-3.5-live-translate-preview``): the language to speak, BCP-47."""

    target_language_code: str | None = None
    echo_target_language: bool | None = None


class AudioTranscriptionConfig(WireModel):
    """Asks for a transcription; empty asks for the usual one. Language codes are BCP-47 hints."""

    language_codes: list[str] | None = None
    custom_vocabulary: list[str] | None = None
    word_timestamp: bool | None = None
    diarization: bool | None = None
    mode: Annotated[str, enums.TRANSCRIPTION_MODE] | None = None
    source_text: Any = None
    language_auto: FreeForm | None = None
    language_hints: FreeForm | None = None
    adaptation_phrases: list[str] | None = None


class GenerationConfig(WireModel):
    """How the model answers.

    ``response_modalities`` holds upper-case names, one in practice; without it the answer is AUDIO. From
    ``response_logprobs`` on, the fields are known to the proto but not supported in Live.
    """

    response_modalities: list[Annotated[str, enums.MODALITY]] | None = None
    temperature: float | None = None
    top_p: float | None = None
    top_k: float | None = None
    candidate_count: Int32 | None = None
    max_output_tokens: Int32 | None = None
    presence_penalty: float | None = None
    frequency_penalty: float | None = None
    seed: Int32 | None = None
    media_resolution: Annotated[str, enums.MEDIA_RESOLUTION] | None = None
    speech_config: SpeechConfig | None = None
    thinking_config: ThinkingConfig | None = None
    enable_affective_dialog: bool | None = None
    translation_config: TranslationConfig | None = None
    audio_transcription_config: AudioTranscriptionConfig | None = None
    response_format: Any = None
    model_selection_config: FreeForm | None = None
    enable_enhanced_civic_answers: bool | None = None
    response_logprobs: bool | None = None
    logprobs: Int32 | None = None
    response_mime_type: str | None = None
    response_schema: FreeForm | None = None
    response_json_schema: Any = None
    stop_sequences: list[str] | None = None
    routing_config: FreeForm | None = None
    audio_timestamp: bool | None = None


class AutomaticActivityDetection(WireModel):
    """The server's voice-activity detector. Times are in milliseconds of audio.

    With ``disabled`` the client itself marks where activity starts and ends.
    """

    disabled: bool | None = None
    start_of_speech_sensitivity: Annotated[str, enums.START_SENSITIVITY] | None = None
    end_of_speech_sensitivity: Annotated[str, enums.END_SENSITIVITY] | None = None
    prefix_padding_ms: Int32 | None = None
    silence_duration_ms: Int32 | None = None


class RealtimeInputConfig(WireModel):
    """How realtime input becomes turns: detection, whether activity interrupts, and what a turn covers."""

    automatic_activity_detection: AutomaticActivityDetection | None = None
    activity_handling: Annotated[str, enums.ACTIVITY_HANDLING] | None = None
    turn_coverage: Annotated[str, enums.TURN_COVERAGE] | None = None
    interim_transcript_timestamp_enabled: bool | None = None


class SessionResumptionConfig(WireModel):
    """Asks for resumption handles (empty), or resumes with one. ``transparent`` is known to Vertex only."""

    handle: str | None = None
    transparent: bool | None = None


class SlidingWindow(WireModel):
    """Compression drops the oldest turns until ``target_tokens`` are left (default: half the trigger)."""

    target_tokens: Int64 | None = None


class ContextWindowCompressionConfig(WireModel):
    """Compress when the context holds ``trigger_tokens`` (default: 80 % of the window)."""

    trigger_tokens: Int64 | None = None
    sliding_window: SlidingWindow | None = None


class ProactivityConfig(WireModel):
    """Lets the model decide not to answer. ``proactive_video`` needs ``proactive_audio``."""

    proactive_audio: bool | None = None
    proactive_video: bool | None = None


class HistoryConfig(WireModel):
    """With this, the first client content up to ``turn_complete`` is history and is not answered (3.x families)."""

    initial_history_in_client_content: bool | None = None


class CustomizedAvatar(WireModel):
    """A face of the user's own."""

    image_mime_type: str | None = None
    image_data: bytes | None = None


class AvatarConfig(WireModel):
    """A talking face (Vertex, 3.8, modality VIDEO). Rates are bits per second."""

    avatar_name: str | None = None
    customized_avatar: CustomizedAvatar | None = None
    audio_bitrate_bps: Int32 | None = None
    video_bitrate_bps: Int32 | None = None


class SafetySetting(WireModel):
    """What to block. ``method`` is known to Vertex only."""

    category: Annotated[str, enums.HARM_CATEGORY] | None = None
    threshold: Annotated[str, enums.HARM_THRESHOLD] | None = None
    method: Annotated[str, enums.HARM_METHOD] | None = None


class Setup(WireModel):
    """The first message, sent once; the server answers with ``setupComplete``.

    ``model`` is kept as it came: ``models/X`` on the Gemini API, ``projects/.../models/X`` or
    ``publishers/google/models/X`` on Vertex, a bare ``X`` by some clients. ``explicit_vad_signal`` and
    ``avatar_config`` are known to Vertex only.
    """

    model: str | None = None
    generation_config: GenerationConfig | None = None
    system_instruction: Content | None = None
    tools: list[Tool] | None = None
    realtime_input_config: RealtimeInputConfig | None = None
    session_resumption: SessionResumptionConfig | None = None
    context_window_compression: ContextWindowCompressionConfig | None = None
    input_audio_transcription: AudioTranscriptionConfig | None = None
    output_audio_transcription: AudioTranscriptionConfig | None = None
    proactivity: ProactivityConfig | None = None
    explicit_vad_signal: bool | None = None
    history_config: HistoryConfig | None = None
    avatar_config: AvatarConfig | None = None
    safety_settings: list[SafetySetting] | None = None
    labels: dict[str, str] | None = None
