"""The user's side of a live session: who speaks when, what was said, and what was seen meanwhile."""

from collections.abc import Callable
from dataclasses import replace
from enum import Enum, auto
from typing import Protocol

from gemlive_emulator.audio.activity import Sensing
from gemlive_emulator.audio.ear import Begun, Ear, Ended, Utterance
from gemlive_emulator.audio.pcm import rate_of
from gemlive_emulator.records import dataclass
from gemlive_emulator.session.admission import Admission
from gemlive_emulator.session.behaviour import Hearing
from gemlive_emulator.session.commands import (
    ActivityEnded,
    ActivityStarted,
    Command,
    InputHeard,
    Transcribe,
    Warn,
)
from gemlive_emulator.session.hearing import Words, placeholder
from gemlive_emulator.session.timers import Timer, Timers
from gemlive_emulator.session.tokens import audio_tokens
from gemlive_emulator.wire.closes import INVALID_ARGUMENT, PRECONDITION, fault

NO_MIME_TYPE = "realtimeInput.audio has no mimeType; taken for audio/pcm;rate=16000"
LONGEST_PORTION = 2.0
"""Seconds of sound that a client in real time sends at a time, at most."""
MOST_WAITING = 32
"""Utterances that wait for the words of an earlier one with their sound; of more nobody will find out the words."""
STARTED_TWICE = "activityStart while an activity is under way; ignored"


class Activity(Enum):
    """What the user does."""

    SILENT = auto()
    SPEAKING = auto()


TRANSITIONS: dict[Activity, dict[str, Activity]] = {
    Activity.SILENT: {"start": Activity.SPEAKING},
    Activity.SPEAKING: {"end": Activity.SILENT},
}


@dataclass(frozen=True, slots=True)
class Spoken:
    """An activity that is over.

    Attributes:
        words: what was said; ``None`` if there was no sound.
        seconds: how long the speech was.
        frames: video frames that belong to the turn.
        tokens: prompt tokens of the sound.
    """

    words: Words | None
    seconds: float
    frames: int
    tokens: int


class Floor(Protocol):
    """What listening needs of the conversation."""

    def barge_in(self, now: float) -> None:
        """The user begins to speak, and that interrupts."""
        ...

    def answer_speech(self, spoken: Spoken, now: float) -> None:
        """The user has ended, and is to be answered."""
        ...


class Listening:
    """Turns audio, activity signals and video frames into user turns.

    Args:
        admission: how the family hears, and what is known beforehand.
        floor: who is to answer.
        emit: takes a command that is to go out now.
        timers: for a stream that simply stops.
        next_id: makes ids for requests.

    Attributes:
        state: what the user does, as far as it was told.
    """

    def __init__(
        self,
        admission: Admission,
        floor: Floor,
        emit: Callable[[Command], None],
        timers: Timers,
        next_id: Callable[[], int],
    ) -> None:
        self.state = Activity.SILENT
        self._hearing = admission.behaviour.hearing
        self._foreknown = admission.foreknown
        self._floor = floor
        self._emit = emit
        self._timers = timers
        self._next_id = next_id
        self._ear = Ear(None if self._hearing.manual else sensing_of(self._hearing))
        self._found: list[Begun | Ended | Callable[[float], None]] = []
        self._awaited: tuple[int, Ended] | None = None
        self._frames = 0
        self._frames_before = 0
        self._covered = 0.0
        self._haste = admission.haste
        self._idle_end = 0.0 if self._hearing.manual else self._hearing.idle_end * self._haste
        self._idle_at = self._moved_at = 0.0

    def slack(self, rate: int) -> int:
        """With how many more bytes at this rate something can be decided."""
        return self._ear.slack(rate)

    def hear(self, audio: bytes, mime_type: str | None, now: float, latest: int | None = None) -> None:
        """Take the next sound of the stream, of which so many bytes came last, at one moment; ``None`` for all.

        Raises:
            ClientFault: it is no raw PCM.
        """
        if mime_type is None:
            self._emit(Warn(NO_MIME_TYPE))
            mime_type = "audio/pcm"
        try:
            rate = rate_of(mime_type)
        except ValueError as error:
            # No report tells the real server's words for sound that is no PCM: inferred.
            raise fault(INVALID_ARGUMENT, str(error)) from None
        ear = self._ear
        found = ear.feed(audio, rate)
        if ear.doubt:
            self._emit(Warn(ear.doubt))
            ear.doubt = ""
        if found:
            self._take(found, now)
        if self._idle_end and ear.speaking:
            # A microphone that gives a second at a time is silent for a second in between.
            portion = min((len(audio) if latest is None else latest) / 2 / rate, LONGEST_PORTION)
            self._idle_at = now + self._idle_end + portion * self._haste
            # Moved along only now and then: with every message would cost as much as hearing it. But before it goes
            # off, which would bring the session what is held back.
            if self._idle_at >= self._moved_at or not self._timers.is_set(Timer.AUDIO_IDLE):
                self._wait()

    def see(self) -> None:
        """Take a video frame."""
        self._frames += 1

    def take_frames(self) -> int:
        """The video frames since the last turn, which are now part of one."""
        frames, self._frames = self._frames, 0
        self._frames_before = 0
        return frames

    def start(self, now: float) -> None:
        """The client signals a start of activity."""
        if self._ear.speaking:
            self._emit(Warn(STARTED_TWICE))
            return
        self._take([self._ear.begin()], now)

    def end(self, now: float) -> None:
        """The client signals the end of an activity.

        Raises:
            ClientFault: there is none.
        """
        if not self._ear.speaking:
            raise fault(PRECONDITION, "activityEnd without an activityStart before it")
        self._take([self._ear.end()], now)

    def utter(self, text: str, now: float) -> None:
        """The silent user says this aloud, all at once; nothing of it is in the stream, and nobody asks for words."""
        ended = Ended(self._ear.seconds, Utterance(b"", 0, 0.0))

        def end(then: float) -> None:
            self._move("end")
            self._over(ended, Words(text, "script"), then)

        # Before what waits already; and gone, like all that waits, if the start of it ends the session.
        self._found[:0] = [Begun(ended.offset), end]
        self._go_on(now)

    def pause(self, now: float, over: bool = False) -> None:
        """The stream ends for a while, whether the client says so (``over``) or not: what is under way ends here."""
        self._timers.cancel(Timer.AUDIO_IDLE)
        self._take(self._ear.finish(over), now)

    def idle(self, now: float) -> None:
        """The time since the last sound may be up."""
        if self._idle_at > now:
            self._wait()
        else:
            self.pause(now)

    def _wait(self) -> None:
        self._timers.set(Timer.AUDIO_IDLE, self._idle_at)
        self._moved_at = self._idle_at + self._idle_end / 2

    def transcribed(self, request: int, words: Words | None, now: float) -> None:
        """Take the words that were asked for."""
        if self._awaited is None or self._awaited[0] != request:
            return
        ended, self._awaited = self._awaited[1], None
        self._over(ended, words or placeholder(ended.utterance.seconds), now)
        self._go_on(now)

    def abandon(self) -> None:
        """The connection is gone."""
        self._awaited = None
        self._found.clear()

    def in_order(self, deed: Callable[[float], None], now: float) -> None:
        """Do this, with the time as its argument, once what was said before it is known: at once, mostly."""
        if self._awaited is None:
            deed(now)
        else:
            self._found.append(deed)

    def _take(self, found: list[Begun | Ended], now: float) -> None:
        self._found.extend(found)
        self._go_on(now)
        if len(self._found) > MOST_WAITING:
            self._forget_sound()

    def _go_on(self, now: float) -> None:
        """One decision after another; while words are awaited the later ones wait, so that nothing overtakes."""
        while self._found and self._awaited is None:
            happened = self._found.pop(0)
            if isinstance(happened, Begun):
                self._begun(happened, now)
            elif isinstance(happened, Ended):
                self._ended(happened, now)
            else:
                happened(now)

    def _forget_sound(self) -> None:
        """A client that says more than can be looked at may not fill the memory."""
        for place in range(MOST_WAITING, len(self._found)):
            waiting = self._found[place]
            if isinstance(waiting, Ended) and waiting.utterance.pcm:
                self._found[place] = replace(waiting, utterance=replace(waiting.utterance, pcm=b""))

    def _begun(self, begun: Begun, now: float) -> None:
        self._move("start")
        self._frames_before = self._frames
        self._emit(ActivityStarted(begun.offset))
        if self._hearing.interrupts:
            self._floor.barge_in(now)

    def _ended(self, ended: Ended, now: float) -> None:
        self._move("end")
        if not self._ear.speaking:
            # Else the stream went on while words were awaited, and the timer is that of the next utterance.
            self._timers.cancel(Timer.AUDIO_IDLE)
        utterance = ended.utterance
        said = self._foreknown.says()
        if said is not None:
            self._over(ended, Words(said, "script"), now)
        elif utterance.text:
            self._over(ended, Words(utterance.text, "metadata"), now)
        elif utterance.pcm:
            self._awaited = (self._next_id(), ended)
            self._emit(Transcribe(self._awaited[0], utterance.pcm, utterance.rate, self._foreknown.phrases))
        else:
            self._over(ended, placeholder(utterance.seconds) if utterance.seconds else None, now)

    def _over(self, ended: Ended, words: Words | None, now: float) -> None:
        seconds = ended.utterance.seconds
        if words is not None:
            self._emit(InputHeard(words.text, words.by, words.detail, seconds))
        self._emit(ActivityEnded(ended.offset))
        self._floor.answer_speech(self._spoken(ended, words), now)

    def _spoken(self, ended: Ended, words: Words | None) -> Spoken:
        hearing = self._hearing
        seconds = ended.utterance.seconds
        covered = ended.offset - self._covered if hearing.coverage == "all" else seconds
        self._covered = ended.offset
        outside = self._frames_before
        frames = self.take_frames()
        if hearing.coverage == "activity":
            frames -= outside
        tokens = 1 if hearing.audio_tokens == "one" and seconds else audio_tokens(covered)
        return Spoken(words, seconds, frames, tokens)

    def _move(self, what: str) -> None:
        self.state = TRANSITIONS[self.state][what]


def sensing_of(hearing: Hearing) -> Sensing:
    """The settings of the detector of a session that hears like this."""
    silence = hearing.silence_ms
    if hearing.most_silence_ms is not None:
        silence = min(silence, hearing.most_silence_ms)
    if hearing.low_never_ends and hearing.end == "LOW":
        silence = NEVER_MS
    return Sensing(hearing.start, hearing.end, hearing.prefix_ms, silence, hearing.threshold_dbfs)


NEVER_MS = 1 << 31
"""Silence that no client sends."""
