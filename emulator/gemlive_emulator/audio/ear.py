"""The audio stream of one client: bytes in, starts and ends of speech out, with the sound of what was said.

Whatever the stream was cut into, the same comes out: an odd byte waits for its other half, and the header of a WAV file
(a notebook of Google's sends the file as it is) is taken off wherever a file begins. Memory is bounded: of silence
only the last seconds are kept, of speech the first minute.
"""

from gemlive_emulator.audio.activity import Detector, Edge, Sensing
from gemlive_emulator.audio.unwrap import Unwrapper
from gemlive_emulator.audio.wav_header import Header
from gemlive_emulator.records import dataclass

KEPT_SECONDS = 1.5
"""Of silence, beside the prefix: a start is decided after the speech began."""
LONGEST_SECONDS = 60.0
"""Of speech; the rest is heard and counted, but no longer looked at to find out the words."""
MOST_SLACK_SECONDS = 0.5
"""Of sound that may be held back, however long nothing can be decided."""
MARGIN_SECONDS = 0.1
"""Sound that an utterance keeps on each side of its speech."""
MOST_TEXTS = 32
"""Headers of which the words are kept until somebody speaks, the latest."""


@dataclass(frozen=True, slots=True)
class Utterance:
    """What was said in one go.

    Attributes:
        pcm: s16le mono, with a little of what was around it; ``b""`` if there was no sound.
        rate: Hz.
        seconds: how long the speech was.
        text: its words, if the header of the WAV file in the stream tells them, else ``""``.
    """

    pcm: bytes
    rate: int
    seconds: float
    text: str = ""


@dataclass(frozen=True, slots=True)
class Begun:
    """Speech has begun; ``offset`` is where in the stream that was decided, in seconds."""

    offset: float


@dataclass(frozen=True, slots=True)
class Ended:
    """Speech has ended; ``offset`` as in :class:`Begun`."""

    offset: float
    utterance: Utterance


class Ear:
    """Listens to one stream.

    Args:
        sensing: how speech is found; ``None`` if the client tells when it starts and ends (:meth:`begin`, :meth:`end`),
            and all sound in between belongs to the utterance.

    Attributes:
        doubt: what the header of a file told that does not fit its MIME type, in words for the log; ``""`` for nothing.
    """

    def __init__(self, sensing: Sensing | None) -> None:
        self.doubt = ""
        self._sensing = sensing
        self._detector: Detector | None = None
        self._rate = 0
        self._most = self._room = 0
        self._before = 0.0
        self._total = 0
        self._unwrapper = Unwrapper()
        # Lists, because an empty deque is twelve times as large, and most sessions never hear anything.
        self._texts: list[tuple[int, str]] = []
        self._pieces: list[bytes] = []
        self._first = self._kept_to = 0
        self._since: int | None = None

    @property
    def speaking(self) -> bool:
        """Whether speech is under way."""
        return self._since is not None

    @property
    def seconds(self) -> float:
        """How long the stream is so far."""
        return self._before + self._total / self._rate if self._rate else 0.0

    def feed(self, audio: bytes, rate: int) -> list[Begun | Ended]:
        """The next bytes of the stream, and their sample rate in Hz; gives what was decided in them."""
        if rate != self._rate or not self._unwrapper.is_plain(audio):
            return self._feed_slowly(audio, rate)
        return self._sound(audio) if audio else []

    def slack(self, rate: int) -> int:
        """With how many more bytes at this rate something can be decided; fewer may as well be fed later."""
        if rate != self._rate or self._unwrapper.waits:
            return 0
        most = round(MOST_SLACK_SECONDS * rate)
        return 2 * (most if self._detector is None else min(self._detector.slack, most))

    def _feed_slowly(self, audio: bytes, rate: int) -> list[Begun | Ended]:
        """What is not just more whole samples."""
        found = self._retune(rate) if rate != self._rate else []
        for sound, header in self._unwrapper.unwrap(audio):
            if sound:
                found += self._sound(sound)
            if header is not None:
                self._texts.append((self._total, header.text))
                del self._texts[:-MOST_TEXTS]
                self.doubt = self.doubt or _doubt(header, rate)
        return found

    def _sound(self, audio: bytes) -> list[Begun | Ended]:
        """Take whole samples, at least one."""
        before, detector = self._total, self._detector
        self._total = before + (len(audio) >> 1)
        if detector is None:
            if self._since is not None:
                self._keep(audio, before)
            return []
        edges = detector.feed(audio)
        self._keep(audio, before)
        found = [self._decided(edge, audio, before) for edge in edges] if edges else []
        # Not each time, for that costs; but with many sessions memory that is held costs as well.
        if self._since is None and self._kept_to - self._first > 1.2 * self._most:
            self._forget()
        return found

    def _decided(self, edge: Edge, audio: bytes, before: int) -> Begun | Ended:
        found = self._edge(edge)
        if self._since is None and self._kept_to < self._total:
            # This portion was too late for the long speech that it ended, but not for what follows.
            self._start_over(before)
            self._keep(audio, before)
        return found

    def finish(self, over: bool = False) -> list[Begun | Ended]:
        """The stream pauses: what is under way ends here, as far as sound is to decide that.

        Args:
            over: the client says so; what comes later is another stream, and half a sample of this one is none.
        """
        found = self._flush()
        if over:
            self._unwrapper.end()
        if self._detector is not None:
            found += map(self._edge, self._detector.finish())
            self._forget()
        return found

    def begin(self) -> Begun:
        """The client says that the user begins."""
        self._flush()
        self._unwrapper.end()
        self._start_over(self._total)
        self._since = self._total
        return Begun(self.seconds)

    def end(self) -> Ended:
        """The client says that the user has ended."""
        self._flush()
        return Ended(self.seconds, self._utterance(self._total, 0))

    def _flush(self) -> list[Begun | Ended]:
        """Fewer bytes than a header has are sound after all."""
        sound = self._unwrapper.flush()
        return self._sound(sound) if sound else []

    def _retune(self, rate: int) -> list[Begun | Ended]:
        found: list[Begun | Ended] = []
        if self._detector is not None:
            found += map(self._edge, self._detector.finish())
        self._before, self._total, self._rate = self.seconds, 0, rate
        self._room = round(LONGEST_SECONDS * rate)
        self._start_over(0)
        self._texts = [(0, text) for _, text in self._texts]
        if self._since is not None:
            self._since = 0
        if self._sensing is not None:
            self._most = round((KEPT_SECONDS + self._sensing.prefix_ms / 1000) * rate)
            # numpy is loaded by the first sound, not by a session that only types.
            from gemlive_emulator.audio.detector import make_detector

            self._detector = make_detector(self._sensing, rate)
        return found

    def _edge(self, edge: Edge) -> Begun | Ended:
        offset = self._before + edge.at / self._rate
        if edge.kind == "start":
            self._since = edge.since
            return Begun(offset)
        return Ended(offset, self._utterance(edge.since, round(MARGIN_SECONDS * self._rate)))

    def _utterance(self, until: int, margin: int) -> Utterance:
        assert self._since is not None
        since, self._since = self._since, None
        start, stop = max(since - margin - self._first, 0), max(until + margin - self._first, 0)
        sound = b"".join(self._pieces)[2 * start : 2 * stop]
        seconds = max(until - since, 0) / self._rate if self._rate else 0.0
        return Utterance(sound, self._rate, seconds, self._text(since, until))

    def _text(self, since: int, until: int) -> str:
        """The words of the file in which the speech began, and of those that began within it."""
        texts: list[str] = []
        while self._texts and self._texts[0][0] <= until:
            at, text = self._texts.pop(0)
            texts = [text] if at <= since else [*texts, text]
        return " ".join(filter(None, texts))

    def _keep(self, audio: bytes, before: int) -> None:
        """Keep sound that begins at a sample, if it follows what is kept and there is room for it."""
        if self._kept_to != before:
            if self._since is not None:
                return
            self._start_over(before)
        if before - self._first < self._room:
            self._pieces.append(audio)
            self._kept_to = self._total

    def _forget(self) -> None:
        """Let go of all but the last seconds."""
        pieces, surplus = self._pieces, self._kept_to - self._first - self._most
        if surplus <= 0:
            return
        self._first += surplus
        whole = 0
        while surplus >= (samples := len(pieces[whole]) // 2):
            surplus -= samples
            whole += 1
        del pieces[:whole]
        pieces[0] = pieces[0][2 * surplus :]

    def _start_over(self, at: int) -> None:
        self._pieces.clear()
        self._first = self._kept_to = at


def _doubt(header: Header, rate: int) -> str:
    """The MIME type counts, as with the real server; but whoever sends a file should know what is wrong with it."""
    told = (header.rate, header.channels, header.bits, header.pcm)
    if told == (rate, 1, 16, True):
        return ""
    kind = "PCM" if header.pcm else "no PCM"
    return (
        f"the header of a WAV file in the stream says {header.rate} Hz, {header.channels} channel(s), "
        f"{header.bits} bits ({kind}); it is heard as {rate} Hz mono 16-bit PCM, for that is what its mimeType says"
    )
