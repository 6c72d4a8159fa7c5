"""How a model family puts what happened into messages: the fields of a profile that the dialect reads."""

from typing import Literal

from gemlive_emulator.records import dataclass


@dataclass(frozen=True, slots=True)
class Manner:
    """The wording of a family on one back-end. Sources stand where the values are set (``profiles/families.py``).

    Attributes:
        role: whether ``modelTurn`` carries ``"role":"model"``.
        mime_type: of audio parts.
        opening: ready messages with which a turn opens.
        before_audio: ready messages before each audio message.
        transcription: all of it before any audio; in messages of its own between the audio; or beside the audio.
        marks_transcription: whether an empty transcription opens and ``finished`` ends it.
        words_end_with_blank: whether transcription pieces end with the blank (else they begin with it).
        vertex_names: ``candidates...`` instead of ``response...`` in usage, session id in ``setupComplete``.
        grounding_at_end: whether ``groundingMetadata`` stands beside ``turnComplete``, empty if there is none; else it
            is a message of its own, behind the answer.
        lookups: how much is told of a search or a page that is read: code in the words of this function and its result,
            the result alone, or nothing.
        input_grain: what the user said aloud comes word by word, or as one sentence.
        transcribes_unasked: whether it comes although the setup did not ask for it.
        marks_input: whether ``finished`` ends it.
        voice_activity: starts and ends of activity are not told, told in messages of their own, or beside an empty
            ``serverContent``.
        voice_activity_asked: the same where the setup asks with ``explicitVadSignal``.
        interaction_status: whether ``interactionStatus`` stands beside ``turnComplete`` and ``toolCall``.
        calls_as_code: whether calls and their results come as code and its result, too.
        call_ids: whether calls have ids.
        generation_complete: whether the end of generation is told at all.
        reopens: whether the messages that open a turn come once more when results are in.
    """

    role: bool = False
    mime_type: str = "audio/pcm;rate=24000"
    opening: tuple[bytes, ...] = ()
    before_audio: tuple[bytes, ...] = ()
    transcription: Literal["ahead", "between", "beside"] = "between"
    marks_transcription: bool = False
    words_end_with_blank: bool = False
    vertex_names: bool = False
    grounding_at_end: bool = False
    input_grain: Literal["words", "sentence"] = "words"
    transcribes_unasked: bool = False
    marks_input: bool = False
    voice_activity: Literal["none", "alone", "beside"] = "none"
    voice_activity_asked: Literal["none", "alone", "beside"] = "none"
    interaction_status: bool = False
    calls_as_code: bool = False
    call_ids: bool = True
    generation_complete: bool = True
    reopens: bool = False
    lookups: Literal["concise_search", "google_search", "result", "hidden"] = "hidden"
