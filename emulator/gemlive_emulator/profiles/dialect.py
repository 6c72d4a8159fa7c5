"""The dialect: what happened in a session, as the JSON messages of its model family.

Messages are written by hand from ready pieces, for they are the hot path: the tests read each one back with the full
model (``wire.server``) and compare. ASCII only, no false, zero, empty or null field (proto3 JSON): clients test for the
mere presence of ``interrupted`` and decode with ``ascii``.
"""

import re
from json.encoder import encode_basestring_ascii

from gemlive_emulator.profiles.call_dialect import CallDialect
from gemlive_emulator.profiles.google_dialect import GoogleDialect
from gemlive_emulator.profiles.json_ascii import message, quoted
from gemlive_emulator.profiles.manner import Manner
from gemlive_emulator.records import dataclass
from gemlive_emulator.session.commands import (
    ActivityEnded,
    ActivityStarted,
    GenerationComplete,
    GoingAway,
    HandleIssued,
    Happening,
    InputHeard,
    Interrupted,
    NotResumable,
    Raw,
    SetupAccepted,
    SpeechPart,
    TextPart,
    Thought,
    ToolCalls,
    ToolCallsCancelled,
    ToolResultsTaken,
    TurnComplete,
    TurnOpened,
    UtteranceBegins,
    WordsOnly,
)
from gemlive_emulator.session.google_tools import Browsed, CodeRan, CodeWritten, Grounded, Searched, UrlsRead
from gemlive_emulator.session.usage import Usage

EMPTY = b"{}"
EMPTY_CONTENT = b'{"serverContent":{}}'
_GENERATION_COMPLETE = b'{"serverContent":{"generationComplete":true}}'
_INTERRUPTED = b'{"serverContent":{"interrupted":true}}'
_WORD_AND_SIGNS = re.compile(r" .*?[^\W_](?=[^\w\s]*$)|.+")
_WORD_END = re.compile(r"\S\s")
_NOT_RESUMABLE = b'{"sessionResumptionUpdate":{}}'


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the setup asks to be told.

    Attributes:
        output: ``outputAudioTranscription`` is there.
        input: ``inputAudioTranscription`` is there.
        activity: ``explicitVadSignal`` is set.
    """

    output: bool = False
    input: bool = False
    activity: bool = False


class Dialect:
    """Renders happenings for one session.

    Args:
        manner: of the family on this back-end.
        wishes: of the client.
    """

    def __init__(self, manner: Manner, wishes: Wishes) -> None:
        self._manner = manner
        self._google = GoogleDialect(manner)
        self._calls = CallDialect(manner, wishes.output)
        self._transcribes = wishes.output
        self._tells_input = wishes.input or manner.transcribes_unasked
        self._activity = manner.voice_activity_asked if wishes.activity else manner.voice_activity
        role = '"role":"model",' if manner.role else ""
        self._turn = '{"serverContent":{"modelTurn":{' + role + '"parts":[{'
        mime = encode_basestring_ascii(manner.mime_type)
        self._audio_head = (self._turn + '"inlineData":{"mimeType":' + mime).encode()

    def render(self, happening: Happening) -> list[bytes]:
        """The messages for this happening, in order; none if the family says nothing about it."""
        match happening:
            case TextPart():
                return [f'{self._turn}"text":{quoted(happening.text)}}}]}}}}}}'.encode()]
            case SpeechPart():
                return self._speech(happening)
            case GenerationComplete():
                told = [_GENERATION_COMPLETE] if self._manner.generation_complete else []
                return [*self._calls.before_end(), *told]
            case TurnComplete():
                return [self._end(happening)]
            case TurnOpened():
                self._calls.turn_opens()
                return list(self._manner.opening)
            case Interrupted():
                return [_INTERRUPTED]
            case UtteranceBegins():
                self._calls.utterance_begins()
                return self._transcription_ahead(happening.text)
            case Thought():
                return [f'{self._turn}"text":{quoted(happening.text)},"thought":true}}]}}}}}}'.encode()]
            case _:
                return self._about_session(happening)

    def _about_session(self, happening: Happening) -> list[bytes]:
        match happening:
            case SetupAccepted():
                session = f'"sessionId":"{happening.session_id}"' if self._manner.vertex_names else ""
                return [f'{{"setupComplete":{{{session}}}}}'.encode()]
            case NotResumable():
                return [_NOT_RESUMABLE]
            case HandleIssued():
                return [_handle(happening)]
            case _:
                return self._about_user(happening)

    def _about_user(self, happening: Happening) -> list[bytes]:
        match happening:
            case InputHeard():
                return self._input(happening)
            case ActivityStarted():
                return self._signal("ACTIVITY_START", happening.offset)
            case ActivityEnded():
                return self._signal("ACTIVITY_END", happening.offset)
            case _:
                return self._about_answer(happening)

    def _about_answer(self, happening: Happening) -> list[bytes]:
        """What seldom is part of an answer."""
        match happening:
            case ToolCalls() | ToolCallsCancelled() | ToolResultsTaken():
                return self._calls.render(happening)
            case GoingAway():
                return [message({"goAway": {"timeLeft": duration(happening.time_left)}})]
            case Raw():
                return [happening.payload]
            case WordsOnly():
                said = self._transcribes and self._manner.transcription != "ahead"
                return [_transcript("outputTranscription", happening.text)] if said else []
            case CodeWritten() | CodeRan() | Searched() | Browsed() | Grounded() | UrlsRead():
                return self._google.render(happening)
            case _:
                raise TypeError(f"no dialect knows {type(happening).__name__}")

    def _speech(self, part: SpeechPart) -> list[bytes]:
        manner = self._manner
        messages = list(manner.before_audio)
        words = ""
        if self._transcribes:
            words = part.closed_words if manner.words_end_with_blank else part.words
        beside = b""
        if words and manner.transcription == "between":
            messages.append(_transcript("outputTranscription", words))
        elif words and manner.transcription == "beside":
            beside = f',"outputTranscription":{{"text":{quoted(words)}}}'.encode()
        sound = b',"data":"%b"' % part.chunk.base64 if part.chunk.samples else b""
        messages.append(b"%b%b%b%b%b" % (self._audio_head, sound, b"}}]}", beside, b"}}"))
        return messages

    def _transcription_ahead(self, text: str) -> list[bytes]:
        if not self._transcribes or self._manner.transcription != "ahead":
            return []
        messages = [_transcript("outputTranscription", piece) for piece in _first_word_and_rest(text.rstrip("\n"))]
        if self._manner.marks_transcription:
            return [
                b'{"serverContent":{"outputTranscription":{}}}',
                *messages,
                b'{"serverContent":{"outputTranscription":{"finished":true}}}',
            ]
        return messages

    def _input(self, heard: InputHeard) -> list[bytes]:
        """What the user said: typed words are told as they are, spoken ones in the family's grain."""
        if not heard.by:
            return [_transcript("inputTranscription", heard.text)]
        if not self._tells_input or not heard.text:
            return []
        pieces = [heard.text] if self._manner.input_grain == "sentence" else _words_and_signs(heard.text)
        messages = [_transcript("inputTranscription", piece) for piece in pieces]
        if self._manner.marks_input:
            messages.append(b'{"serverContent":{"inputTranscription":{"finished":true}}}')
        return messages

    def _signal(self, kind: str, offset: float) -> list[bytes]:
        if self._activity == "none":
            return []
        beside = '"serverContent":{},' if self._activity == "beside" else ""
        signal = f'{{{beside}"voiceActivity":{{"type":"{kind}","audioOffset":"{duration(offset)}"}}}}'
        return [signal.encode()]

    def _end(self, complete: TurnComplete) -> bytes:
        beside = f',"turnCompleteReason":{quoted(complete.reason)}' if complete.reason else ""
        if self._manner.grounding_at_end:
            beside += f',"groundingMetadata":{self._google.at_end()}'
        if self._manner.interaction_status:
            beside += f',"interactionStatus":"{"IN_PROGRESS" if complete.pending else "IDLE"}"'
        prefix = "candidates" if self._manner.vertex_names else "response"
        counts = usage_metadata(complete.usage, prefix)
        return f'{{"serverContent":{{"turnComplete":true{beside}}},"usageMetadata":{counts}}}'.encode()


def _handle(issued: HandleIssued) -> bytes:
    # An int64 is a text in JSON, and 0 is not there at all.
    index = f',"lastConsumedClientMessageIndex":"{issued.consumed}"' if issued.consumed else ""
    return f'{{"sessionResumptionUpdate":{{"newHandle":{quoted(issued.handle)},"resumable":true{index}}}}}'.encode()


def duration(seconds: float) -> str:
    """A protobuf duration to the millisecond; none, three digits behind the point (recorded: ``5s``, ``1.880s``)."""
    whole, thousandths = divmod(round(seconds * 1000), 1000)
    return f"{whole}.{thousandths:03d}s" if thousandths else f"{whole}s"


def _words_and_signs(text: str) -> list[str]:
    """A sentence in deltas: each begins with its blank, signs stand alone, the last two words come together.

    Recorded on 2.5: " Hello", ",", " my", " name", " is Marcelo."
    """
    words = text.split()
    pieces = [piece for word in words[:-2] for piece in _WORD_AND_SIGNS.findall(" " + word)]
    return [*pieces, " " + " ".join(words[-2:])]


def _first_word_and_rest(text: str) -> list[str]:
    """Recorded on Vertex: one word, then the rest in one piece."""
    blank = _WORD_END.search(text)
    end = blank.start() + 1 if blank else len(text)
    return [piece for piece in (text[:end], text[end:]) if piece]


def _transcript(field: str, text: str) -> bytes:
    return f'{{"serverContent":{{"{field}":{{"text":{quoted(text)}}}}}}}'.encode()


def usage_metadata(usage: Usage, prefix: str) -> str:
    """``usageMetadata`` as JSON; the total is prompt plus response, thoughts not included (every recording)."""
    prompt = sum(usage.prompt.values()) + usage.unlisted
    response = sum(usage.response.values()) + usage.unlisted_response
    fields = []
    if prompt:
        fields.append(f'"promptTokenCount":{prompt}')
    if response:
        fields.append(f'"{prefix}TokenCount":{response}')
    if prompt + response:
        fields.append(f'"totalTokenCount":{prompt + response}')
    if usage.prompt:
        fields.append(f'"promptTokensDetails":[{_details(usage.prompt)}]')
    if usage.response:
        fields.append(f'"{prefix}TokensDetails":[{_details(usage.response)}]')
    if usage.thoughts:
        fields.append(f'"thoughtsTokenCount":{usage.thoughts}')
    return "{" + ",".join(fields) + "}"


def _details(counts: dict[str, int]) -> str:
    told = [
        f'{{"modality":"{modality}","tokenCount":{count}}}' if count else f'{{"modality":"{modality}"}}'
        for modality, count in counts.items()
    ]
    return ",".join(told)
