"""When each piece of an answer goes out: the queue of a model turn, at the pace of its family."""

from base64 import b64encode
from collections import deque
from collections.abc import Callable, Iterator

from gemlive_emulator.audio.speech import OUTPUT_RATE, Chunk, Speech
from gemlive_emulator.records import dataclass
from gemlive_emulator.session.behaviour import Pace
from gemlive_emulator.session.commands import Command, SpeechPart
from gemlive_emulator.session.pieces import blank_before, with_words
from gemlive_emulator.session.sent import TimedWords


@dataclass(slots=True)
class Entry:
    """One thing that is to go out; without a command it only holds the queue until its time."""

    when: float
    command: Command | None = None
    words: TimedWords = ()


def silent(samples: int) -> Chunk:
    """A part of zeros."""
    return Chunk(b64encode(bytes(2 * samples)), samples)


class Delivery:
    """What is to go out, in order, each with its time.

    Args:
        pace: of the family.
        chance: draws from 0 to 1, for jitter.

    Attributes:
        queue: what waits.
    """

    def __init__(self, pace: Pace, chance: Callable[[], float]) -> None:
        self.queue: deque[Entry] = deque()
        self._pace = pace
        self._chance = chance
        self._free_at = 0.0
        self._blank_given = ""
        self._sounded = False
        self._until_gap = pace.gap_every

    def start(self, free_at: float) -> None:
        """A turn begins, and nothing goes out before this moment."""
        self._free_at = free_at
        self._sounded = False
        self._until_gap = self._pace.gap_every

    @property
    def due(self) -> float | None:
        """When the first of what waits is to go out."""
        return self.queue[0].when if self.queue else None

    def add(self, command: Command, then: float = 0.0) -> None:
        """Put a command behind what waits; the next thing is due this many seconds after it."""
        self.queue.append(Entry(self._free_at, command))
        self._free_at += then

    def at_once(self, command: Command, now: float) -> None:
        """Put a command behind what waits, due now."""
        self.queue.append(Entry(now, command))

    def wait(self, seconds: float, now: float) -> None:
        """Nothing goes out for this long, from now or from when what waits is out."""
        self._free_at = max(self._free_at, now) + seconds
        self.queue.append(Entry(self._free_at))

    def not_before(self, moment: float) -> None:
        """Nothing further goes out before this moment."""
        self._free_at = max(self._free_at, moment)

    def begin_utterance(self) -> None:
        """A spoken step begins: its first word keeps its blank."""
        self._blank_given = ""

    def add_speech(self, speech: Speech, following: str, heard: bool, affords: Callable[[Chunk], bool]) -> bool:
        """Put the parts of a sentence behind what waits.

        Args:
            speech: the sentence.
            following: the text that is said next, ``""`` if none.
            heard: the parts hold its sound, or else zeros.
            affords: whether a part may still go out.

        Returns:
            Whether all parts could be afforded.
        """
        for chunk, words, start, next_word in _with_next_words(speech, following):
            if not affords(chunk):
                return False
            spoken = "".join(word for _, word in words)
            part = SpeechPart(chunk if heard else silent(chunk.samples), spoken, self._closed(spoken, next_word))
            timed = tuple((moment - start, word) for moment, word in words)
            self._add_part(part, timed)
        return True

    def add_trailing_silence(self) -> bool:
        """Put the zeros that end a spoken turn behind what waits, if the family sends them; gives whether it does."""
        if not self._sounded:
            return False
        samples = round(self._pace.trailing_silence * OUTPUT_RATE)
        if samples:
            self._add_part(SpeechPart(silent(samples), "", ""), ())
            self._sounded = False
            return True
        return False

    def _add_part(self, part: SpeechPart, words: TimedWords) -> None:
        pace = self._pace
        if not self._sounded and pace.empty_first:
            self.queue.append(Entry(self._free_at, SpeechPart(silent(0), "", "")))
        self._sounded = True
        if pace.jitter:
            self._free_at += self._chance() * pace.jitter
        self.queue.append(Entry(self._free_at, part, words))
        seconds = part.chunk.seconds
        self._free_at += seconds / pace.speed
        self._until_gap -= seconds
        if pace.gap and self._until_gap <= 0:
            self._until_gap += pace.gap_every
            self._free_at += pace.gap

    def _closed(self, spoken: str, following: str) -> str:
        """These words without the white space that went out before them, and with that before the next ones."""
        if not spoken:
            return ""
        closed = spoken.removeprefix(self._blank_given)
        self._blank_given = blank_before(following)
        return closed + self._blank_given


def _with_next_words(speech: Speech, following: str) -> Iterator[tuple[Chunk, TimedWords, float, str]]:
    """Each part with its words, where it starts in the speech, and the text of the word after it."""
    given = 0
    for chunk, start, words in with_words(speech):
        given += len(words)
        next_word = speech.words[given].text if given < len(speech.words) else following
        yield chunk, tuple((word.start, word.text) for word in words), start, next_word
