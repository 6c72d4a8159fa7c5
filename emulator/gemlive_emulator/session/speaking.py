"""What is said, made into parts: pieces of text, or speech sentence by sentence."""

from collections.abc import Callable

from gemlive_emulator.audio.cut import cut, recut
from gemlive_emulator.audio.speech import OUTPUT_RATE, Chunk, Sound, Speech
from gemlive_emulator.records import dataclass
from gemlive_emulator.session.admission import Admission
from gemlive_emulator.session.commands import Command, Synthesize, TextPart, Thought, UtteranceBegins, WordsOnly
from gemlive_emulator.session.delivery import Delivery
from gemlive_emulator.session.pieces import text_pieces
from gemlive_emulator.session.sent import Sent
from gemlive_emulator.session.steps import Play, Say
from gemlive_emulator.session.tokens import audio_tokens, clip_text, count_tokens


@dataclass(frozen=True, slots=True)
class _Sentence:
    """A sentence that is still to be spoken; with its voice, or as zeros of the same length."""

    text: str
    heard: bool


class Speaking:
    """Puts what a turn says behind what waits to go out, as far as the turn may be long.

    Args:
        admission: voice, modality and limits.
        delivery: where the parts go.
        emit: takes the request for speech.
        next_id: makes ids for requests.
    """

    def __init__(
        self, admission: Admission, delivery: Delivery, emit: Callable[[Command], None], next_id: Callable[[], int]
    ) -> None:
        self._admission = admission
        self._delivery = delivery
        self._emit = emit
        self._next_id = next_id
        self._spoken = admission.modality == "AUDIO"
        self._sentences: list[_Sentence] = []
        self._awaited: tuple[int, bool] | None = None
        self._sounded = False
        self._tokens_left = admission.max_output_tokens

    def start(self) -> None:
        """A turn begins."""
        self._tokens_left = self._admission.max_output_tokens
        self._sounded = False

    def stop(self) -> None:
        """Nothing further is to be spoken."""
        self._sentences.clear()
        self._awaited = None

    @property
    def awaits_speech(self) -> bool:
        """Whether speech was asked for and is not there yet."""
        return self._awaited is not None

    def go_on(self) -> bool:
        """Ask for the next sentence; gives whether there is one."""
        if self._sentences:
            self._request()
            return True
        return False

    def say(self, step: Say) -> None:
        """Say a text, in the session's modality."""
        if self._is_spent:
            return
        if not self._spoken:
            self._write(step.text)
        elif step.sound == "none":
            self._delivery.add(UtteranceBegins(step.text))
            self._delivery.add(WordsOnly(step.text))
        else:
            # How sentences end is loaded with the first one: a session in text speaks none, and starts sooner.
            from gemlive_emulator.audio.sentences import split_sentences

            heard = step.sound == "voice"
            sentences = (sentence for sentence in split_sentences(step.text) if sentence.strip())
            self._sentences.extend(_Sentence(sentence, heard) for sentence in sentences)
            if self._sentences:
                self._begin(step.text)
                self._request()

    def play(self, step: Play) -> None:
        """Play a sound; in a text session its text is all there is of it."""
        if self._is_spent:
            return
        if not self._spoken:
            self._write(step.text)
            return
        # numpy is loaded with the first sound that needs it.
        from gemlive_emulator.audio.resample import resample_pcm
        from gemlive_emulator.audio.words import spread

        pcm = resample_pcm(step.pcm, step.rate, OUTPUT_RATE)
        words = spread(step.text, len(pcm) / 2 / OUTPUT_RATE)
        self._begin(step.text)
        self._add(cut(Sound(pcm, words), step.text, first=not self._sounded), "", heard=True)

    def think(self, text: str, now: float, sent: Sent) -> None:
        """Have a thought, as far as the family has any; ``sent`` counts it."""
        manner = self._admission.behaviour.thoughts
        if manner == "none" or not text:
            return
        sent.thought_tokens += count_tokens(text)
        if manner == "shown":
            self._delivery.at_once(Thought(text), now)

    def take(self, request: int, speech: Speech, now: float) -> bool:
        """Take speech; gives whether it is the one that is waited for."""
        if self._awaited is None or request != self._awaited[0]:
            return False
        heard, self._awaited = self._awaited[1], None
        self._delivery.not_before(now)
        self._add(speech, self._sentences[0].text if self._sentences else "", heard)
        return True

    @property
    def _is_spent(self) -> bool:
        return self._tokens_left is not None and self._tokens_left <= 0

    def _begin(self, text: str) -> None:
        self._delivery.begin_utterance()
        self._delivery.add(UtteranceBegins(text))

    def _add(self, speech: Speech, following: str, heard: bool) -> None:
        chunk = self._admission.behaviour.pace.chunk
        if chunk is not None:
            speech = recut(speech, chunk)
        self._sounded = self._sounded or bool(speech.chunks)
        if not self._delivery.add_speech(speech, following, heard, self._affords):
            self._sentences.clear()

    def _write(self, text: str) -> None:
        if self._tokens_left is not None:
            text = clip_text(text, self._tokens_left)
            self._tokens_left -= count_tokens(text)
        for piece in text_pieces(text):
            self._delivery.add(TextPart(piece), then=self._admission.behaviour.pace.next_text)

    def _request(self) -> None:
        sentence = self._sentences.pop(0)
        self._awaited = (self._next_id(), sentence.heard)
        admission = self._admission
        request = Synthesize(
            self._awaited[0], sentence.text, admission.voice, admission.language, first=not self._sounded
        )
        self._emit(request)

    def _affords(self, chunk: Chunk) -> bool:
        if self._tokens_left is None:
            return True
        self._tokens_left -= audio_tokens(chunk.seconds)
        return self._tokens_left >= 0
