"""A recording that is played again. Pure: events in, messages out, and time is an argument.

It keeps the contract of a :class:`~gemlive_emulator.session.session.Session`, so that an emulator drives it like one.
What the server sent goes out as it was, each message after the client's messages that it came after, and as long after
the last of these, or after the server's message before it, as in the recording.
"""

from collections.abc import Mapping
from difflib import SequenceMatcher
from math import inf
from typing import Any, Literal

from gemlive_emulator.profiles.families import FAMILIES
from gemlive_emulator.record.expected import (
    Expected,
    Said,
    Sound,
    difference,
    ends_sound,
    kind_of,
    meaning,
    sound_in,
    told,
    type_of,
    weighed,
)
from gemlive_emulator.scenario.errors import ScriptError
from gemlive_emulator.session.admission import Admission
from gemlive_emulator.session.commands import Close, Command, Happening, Raw, SetupAccepted, Warn
from gemlive_emulator.session.events import (
    AudioReceived,
    ClientClosed,
    Connected,
    Event,
    MessageReceived,
    MessageRefused,
)
from gemlive_emulator.session.lifetime import Lifetime
from gemlive_emulator.session.steps import Conversation, Reply, UserTurn
from gemlive_emulator.wire.client import ClientMessage
from gemlive_emulator.wire.closes import SENDABLE
from gemlive_emulator.wire.errors import ClientFault
from gemlive_emulator.wire.tape import Tape, Taped, with_silence

Check = Literal["strict", "warn", "off"]
"""What becomes of it that a client sends something else: the connection closes (1011), a word in the log, nothing."""

NEAR = 0.6
"""A message whose words are less like those that came is no near miss."""

NO_CODE = 1005
"""What stands for a close frame without a code, which cannot be sent as it is."""


class Playback:
    """Plays one recording to one client.

    Args:
        tape: the recording.
        name: of the session, for the log.
        expected: what is expected of the client, where that was found out before.
        check: see :data:`Check`.
        at_once: whether nothing waits for its time; the order stays.

    Attributes:
        name: the same.
        state: closed once nothing goes out any more.
        admission: lets messages out as they are.
        problems: what was expected and never came, in words.
    """

    def __init__(
        self,
        tape: Tape,
        name: str,
        *,
        expected: Expected | None = None,
        check: Check = "strict",
        at_once: bool = False,
    ) -> None:
        self.name = name
        self.state = Lifetime.CONNECTING
        self.problems: list[str] = []
        self._taped = tape.taped
        self._expected = Expected.of(tape) if expected is None else expected
        self.admission: Admission | None = _admission(self._expected)
        self._check = check
        self._at_once = at_once
        self._place = 0
        self._since = (-inf, 0.0)
        """When the last of what has happened did, and when it did in the recording."""
        self._met: dict[int, float] = {}
        self._next_said = 0
        self._next_sound = 0
        self._owed = 0
        self._seek_sound(0)
        self._due: float | None = None
        self._waits = {one.place for one in self._expected.said}
        self._waits |= {one.place for one in self._expected.sounds if one.weight}

    @property
    def deadline(self) -> float | None:
        """When the next message goes out; ``None`` while it waits for the client, and when nothing is left."""
        return self._due

    def slack(self, rate: int) -> int:
        """Nothing of what the client says is to wait: each message is compared when it comes."""
        return 0

    @property
    def unreached(self) -> list[str]:
        """Nothing, for what did not come is told when the client leaves."""
        return []

    def handle(self, event: Event, now: float) -> list[Command]:
        """Take an event; gives what goes out by ``now``.

        Raises:
            ScriptError: the client sends something else than in the recording, and that is checked.
        """
        out: list[Command] = []
        self._go_on(now, out)
        if self.state is not Lifetime.CLOSED:
            self._take(event, now, out)
            self._go_on(now, out)
        return out

    def _take(self, event: Event, now: float, out: list[Command]) -> None:
        match event:
            case Connected():
                self.state = Lifetime.OPEN
                self._since = (now, 0.0)
            case AudioReceived():
                self._hear_sound(event.audio, type_of(event.mime_type), now, out)
            case MessageReceived():
                self._hear(event.message, now, out)
            case MessageRefused():
                self._hear_said(event.fault, now, out)
            case ClientClosed():
                self._end()
                if self._check == "strict":
                    waiting = self._expected.said[self._next_said :]
                    self.problems += [f"{_expected(one)}, which never came" for one in waiting]
            case _:
                pass

    # What the client sends.

    def _hear(self, message: ClientMessage, now: float, out: list[Command]) -> None:
        blobs = sound_in(message)
        if not blobs:
            self._hear_said(message, now, out)
        for blob in blobs:
            self._hear_sound(blob.data, type_of(blob.mime_type), now, out)

    def _hear_said(self, message: ClientMessage | ClientFault, now: float, out: list[Command]) -> None:
        came, said, at = meaning(message), self._expected.said, self._next_said
        waiting = said[at] if at < len(said) else None
        wrong = self._why_not(waiting, came)
        if wrong is None:
            self._meet_said(at, now)
            return
        self._object(wrong, out)
        fits = next((later for later in range(at, len(said)) if not difference(said[later].meaning, came)), None)
        if fits is None and waiting is not None and kind_of(waiting.meaning) == kind_of(came):
            fits = at
        if fits is not None:
            self._meet_said(fits, now)

    def _why_not(self, waiting: Said | None, came: Mapping[str, Any]) -> str | None:
        if waiting is None:
            return f"Recording: nothing more is expected, got {told(came)}"
        if where := difference(waiting.meaning, came):
            return f"{_expected(waiting)}, got {told(came)} ({where}){self._nearest(waiting, came)}"
        if ends_sound(came) and (owed := self._owed_before(waiting.place)):
            return f"{_expected(waiting)} behind {owed} more octets of sound, and they did not come"
        return None

    def _nearest(self, waiting: Said, came: Mapping[str, Any]) -> str:
        """Which other message it is, or is nearest to, if it is near to one."""
        others = [one for one in self._expected.said if one is not waiting]
        for one in others:
            if not difference(one.meaning, came):
                return f"; it is message {one.number}"
        words = told(came)
        alike = {one.number: SequenceMatcher(None, words, told(one.meaning)).ratio() for one in others}
        nearest = max(others, key=lambda one: alike[one.number], default=None)
        closer = SequenceMatcher(None, words, told(waiting.meaning)).ratio()
        if nearest is None or alike[nearest.number] < NEAR or alike[nearest.number] <= closer:
            return ""
        return f"; nearest is message {nearest.number}: {told(nearest.meaning)}"

    def _meet_said(self, until: int, now: float) -> None:
        """Take all up to this one as said, and the sound before it too where that is not looked at closely."""
        for one in self._expected.said[self._next_said : until + 1]:
            self._met[one.place] = now
        self._next_said = until + 1
        if self._check != "strict" and until >= 0:
            place = self._expected.said[until].place
            while (sound := self._sound) is not None and sound.place < place:
                self._meet_sound(now)

    def _hear_sound(self, octets: bytes, mime_type: str, now: float, out: list[Command]) -> None:
        content, weight = weighed(octets, self._expected.by_length)
        sound = self._sound
        if sound is not None and sound.mime_type != mime_type:
            self._object(f"Recording: expected sound of {sound.mime_type}, got {mime_type}", out)
        while weight and (sound := self._sound) is not None:
            taken = min(weight, self._owed)
            if not self._expected.by_length:
                begins = sound.weight - self._owed
                if content[:taken] != sound.content[begins : begins + taken]:
                    where = f"in the sound that was message {sound.place + 1} of the recording"
                    self._object(f"Recording: expected other sound, {where}", out)
                content = content[taken:]
            weight -= taken
            self._owed -= taken
            if not self._owed:
                self._meet_sound(now)
        if weight and not self._expected.by_length:
            self._object(f"Recording: no more sound is expected, got {weight} octets of it", out)

    @property
    def _sound(self) -> Sound | None:
        """The sound that is next, silence passed over."""
        sounds = self._expected.sounds
        return sounds[self._next_sound] if self._next_sound < len(sounds) else None

    def _meet_sound(self, now: float) -> None:
        self._met[self._expected.sounds[self._next_sound].place] = now
        self._seek_sound(self._next_sound + 1)

    def _seek_sound(self, number: int) -> None:
        """Move on to the next sound from this one on that counts."""
        sounds = self._expected.sounds
        while number < len(sounds) and not sounds[number].weight:
            number += 1
        self._next_sound = number
        self._owed = sounds[number].weight if number < len(sounds) else 0

    def _owed_before(self, place: int) -> int:
        """How many octets of sound have not come that stand before this place."""
        later = self._expected.sounds[self._next_sound + 1 :]
        sound = self._sound
        if sound is None or sound.place > place:
            return 0
        return self._owed + sum(one.weight for one in later if one.place < place)

    def _object(self, wrong: str, out: list[Command]) -> None:
        """Something else came.

        Raises:
            ScriptError: where that is checked.
        """
        if self._check == "strict":
            self._end()
            raise ScriptError((wrong,))
        if self._check == "warn":
            out.append(Warn(wrong))

    # What goes out.

    def _go_on(self, now: float, out: list[Command]) -> None:
        """Pass all that has happened, and send what is due."""
        self._due = None
        while self._place < len(self._taped) and self.state is Lifetime.OPEN:
            one = self._taped[self._place]
            if one.side == "client":
                if not self._pass_client(one):
                    return
            else:
                due = self._since[0] if self._at_once else self._since[0] + max(0.0, one.time - self._since[1])
                if due > now:
                    self._due = due
                    return
                self._since = (due, one.time)
                self._send(one, out)
            self._place += 1

    def _pass_client(self, one: Taped) -> bool:
        """Whether this has come from the client. Silence need not, and the recording's client may have left sooner."""
        if one.code is not None:
            return False
        if self._place in self._waits:
            when = self._met.pop(self._place, None)
            if when is None:
                return False
            self._since = (max(self._since[0], when), one.time)
        return True

    def _send(self, one: Taped, out: list[Command]) -> None:
        if one.code is not None:
            self._end()
            code = 1000 if one.code == NO_CODE else one.code
            out.append(Close(code, one.words, how="frame" if code in SENDABLE else "eof"))
            return
        message = one.message
        if message is not None and "setupComplete" in message:
            out.append(SetupAccepted(str((message["setupComplete"] or {}).get("sessionId", ""))))
        out.append(Raw(with_silence(one.payload)))

    def _end(self) -> None:
        self.state = Lifetime.CLOSED
        self._due = None


def _expected(one: Said) -> str:
    return f"Recording message {one.number}: expected {told(one.meaning)}"


def _admission(expected: Expected) -> Admission:
    """Lets messages out as they were recorded; nothing else of it is looked at."""
    models = (one.meaning["setup"].get("model", "") for one in expected.said if "setup" in one.meaning)
    model = next(models, "").rsplit("/", 1)[-1] or "recording"
    behaviour = next(iter(FAMILIES.values())).behaviour
    return Admission(model, "", "", "", None, behaviour, _no_reply, lambda message: None, _as_it_was)


def _as_it_was(happening: Happening) -> list[bytes]:
    return [happening.payload] if isinstance(happening, Raw) else []


def _no_reply(turn: UserTurn, conversation: Conversation) -> Reply:
    yield from ()
