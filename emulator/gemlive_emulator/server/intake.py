"""What a client streams, gathered until its session has to hear it.

Fifty messages a second come of a microphone, and of most of them nothing can come: a turn of speech does not begin with
its first frame, nor end before the silence that ends it. The session says how much can be held back, and is brought all
of that before anything else happens. So it decides the same, and at the same message, for a fraction of the work.

With a thousand microphones hardly anything of a client is in the processor's cache when it speaks, so the usual message
touches as few objects as possible.
"""

from collections.abc import Callable

from gemlive_emulator.audio.pcm import rate_if_pcm
from gemlive_emulator.server.entries import Sound
from gemlive_emulator.server.frames import take_usual
from gemlive_emulator.session.events import AudioReceived
from gemlive_emulator.wire.codec import Decoded
from gemlive_emulator.wire.template import Template, learn

LEAST_HELD_SECONDS, APART_SECONDS, PLACES = 0.32, 0.02, 9
"""Of sound that is held back, if the session allows so much: from 0.32 s for some clients to 0.48 s for others."""
MOST_HELD = 1_000
"""Messages that are held back, however little is in them."""
MOST_TEMPLATES = 16
"""Ways to write an audio message that are learned of one client; most have one."""


class Intake:
    """The audio of one client that its session has not heard yet.

    Args:
        slack: of the session, given a rate.
        counted: where sound is counted that the session has heard.
        limit: bytes of the longest message.
        number: of the connection.

    Attributes:
        pieces: what is held, message by message.
        since: when the last of it came.
    """

    __slots__ = (
        "_counted",
        "_foreseen",
        "_held_seconds",
        "_known",
        "_latest",
        "_left",
        "_limit",
        "_messages",
        "_rate",
        "_slack",
        "_spare",
        "_template",
        "pieces",
        "since",
    )

    def __init__(self, slack: Callable[[int], int], counted: Sound, limit: int, number: int) -> None:
        self.pieces: list[bytes] = []
        self.since = 0.0
        self._slack = slack
        self._counted = counted
        self._limit = limit
        self._template: Template | None = None
        # Clients that begin at the same moment would else be heard at the same moment, again and again.
        self._held_seconds = LEAST_HELD_SECONDS + number % PLACES * APART_SECONDS
        self._foreseen: int | None = None
        self._known = 0
        self._rate = 0
        self._left = 0
        self._spare = 0
        self._messages = 0
        self._latest = 0

    def take(self, payload: bytes) -> bool:
        """Take a message if it is written like the audio before it."""
        template = self._template
        if template is None or (audio := template.audio_in(payload)) is None:
            return False
        self.pieces.append(audio)
        return True

    def take_frames(self, read: bytes | memoryview) -> int:
        """Take the frames with such messages at the beginning of what was read; gives where something else begins."""
        return take_usual(read, self._limit, self.take)

    def count(self, now: float) -> bool:
        """All that has come since the last call came now, at one moment; gives whether enough is held to be heard."""
        pieces = self.pieces
        before, self._messages = self._messages, len(pieces)
        new = self._messages - before
        if not new:
            return False
        if not before:
            slack = self._slack(self._rate) if self._foreseen is None else self._foreseen
            self._left = min(slack, 2 * round(self._rate * self._held_seconds))
            self._spare = slack - self._left
        self.since = now
        self._latest = latest = len(pieces[-1]) if new == 1 else sum(map(len, pieces[before:]))
        self._left -= latest
        return self._left <= 0 or self._messages >= MOST_HELD

    @property
    def is_due(self) -> bool:
        """Whether something can come of what is held, so that the session has to hear it at once."""
        return self._left + self._spare <= 0 or self._messages >= MOST_HELD

    def held(self) -> tuple[int, int, int]:
        """How much is held and not counted: messages, bytes, and their rate. Safe from any thread."""
        sizes = list(map(len, self.pieces))
        return len(sizes), sum(sizes), self._rate

    def release(self) -> AudioReceived:
        """All that is held, which has to be something, as the session is to hear it."""
        pieces, template = self.pieces, self._template
        assert template is not None, "what is held was written in a known way"
        sound = pieces[0] if len(pieces) == 1 else b"".join(pieces)
        event = AudioReceived(sound, template.mime_type, len(pieces), self._latest)
        # In this order: another thread that counts just now may miss some, but counts nothing twice.
        pieces.clear()
        self._messages = 0
        self._counted.add(event.messages, len(sound), self._rate)
        return event

    def foresee(self) -> None:
        """Ask for the slack now, as the session was just at work: with many clients it is out of the cache later."""
        self._foreseen = self._slack(self._rate)

    def forget(self) -> None:
        """Something happens to the session: what was foreseen need not be so any more."""
        self._foreseen = None

    def learn(self, payload: bytes, decoded: Decoded) -> None:
        """Take messages that are written like this one from now on, if only audio is in it."""
        if self._known == MOST_TEMPLATES:
            return
        template = learn(payload, decoded)
        if template is not None:
            self._template = template
            self._known += 1
            self._rate = rate_if_pcm(template.mime_type)

    def end(self) -> None:
        """Nothing is heard any more, and nobody asked: the journal keeps this, and is not to keep the session."""
        self._slack = _no_slack
        self._foreseen = None
        self._template = None
        self.pieces.clear()
        self._messages = 0


def _no_slack(rate: int) -> int:
    return 0
