"""What happened in one session, for a test to look at."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from gemlive_emulator.server.entries import Entry, Record
from gemlive_emulator.server.page import Page
from gemlive_emulator.server.redact import clean
from gemlive_emulator.server.views.account import account
from gemlive_emulator.server.views.messages import Message, message_of
from gemlive_emulator.server.views.sound import Sound, sound_in
from gemlive_emulator.server.views.turns import OF_TURNS, Call, Turn, turns_of
from gemlive_emulator.wire.tape import Tape, lines


class Seen:
    """One session, as far as it has come: each look is at what has happened by then. Safe from any thread.

    ``sent`` and ``received`` are the client's words: it sent, and it received. Messages are as the session sent them;
    what a fault did to them on the line stands in :attr:`events`.
    """

    def __init__(self, page: Page) -> None:
        self._page = page

    def __repr__(self) -> str:
        head = self._page.head()
        how = "open" if head.closed is None else f"closed {head.close_code}"
        return f"<session {head.name} of {clean(head.model) or 'no model yet'}, {how}>"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Seen) and other._page is self._page

    def __hash__(self) -> int:
        return hash(self._page)

    @property
    def name(self) -> str:
        """As in the log."""
        return self._page.name

    @property
    def connection(self) -> int:
        """The number of its connection at the emulator, from 1."""
        return self._page.head().connection

    @property
    def model(self) -> str:
        """The model that was asked for; ``""`` until a setup was accepted."""
        return self._page.head().model

    @property
    def modality(self) -> str:
        """``AUDIO`` or ``TEXT``; ``""`` until a setup was accepted."""
        return self._set_up("modality")

    @property
    def voice(self) -> str:
        """The name of the voice; ``""`` until a setup was accepted."""
        return self._set_up("voice")

    @property
    def setup(self) -> Mapping[str, Any]:
        """The setup that the client sent, with the names of the reference; empty if it has not."""
        return next((one.body["setup"] for one in self.sent if one.kind == "setup" and "setup" in one.body), {})

    @property
    def messages(self) -> tuple[Message, ...]:
        """What both sides sent, in order."""
        return tuple(message_of(one) for one in self._record.tape.taped if one.code is None)

    @property
    def sent(self) -> tuple[Message, ...]:
        """What the client sent. What it streamed as sound is there only if the emulator keeps ``all``."""
        return tuple(one for one in self.messages if one.side == "client")

    @property
    def received(self) -> tuple[Message, ...]:
        """What the client was sent."""
        return tuple(one for one in self.messages if one.side == "server")

    @property
    def events(self) -> tuple[Entry, ...]:
        """What the journal noted, in order; see :class:`~gemlive_emulator.server.entries.Entry`."""
        return self._page.entries()

    @property
    def turns(self) -> tuple[Turn, ...]:
        """The turns of the model."""
        return tuple(turns_of(self._page.entries(*OF_TURNS)))

    @property
    def said(self) -> str:
        """All that the model said, in text or aloud; a line for each turn in which it said anything."""
        return "\n".join(turn.said for turn in self.turns if turn.said)

    @property
    def heard(self) -> tuple[str, ...]:
        """What the user said, typed or spoken, in order."""
        record = self._record
        spoken = [
            (one.number, one.details["text"]) for one in record.entries if one.kind == "heard" and one.details["by"]
        ]
        sent = ((number, one) for number, one in zip(record.numbers, record.tape.taped, strict=True))
        typed = [
            (number, text)
            for number, one in sent
            if one.side == "client" and one.code is None
            for text in _typed(message_of(one))
        ]
        return tuple(text for _, text in sorted([*spoken, *typed], key=lambda each: each[0]))

    @property
    def calls(self) -> tuple[Call, ...]:
        """The functions that the model wanted called, with what the client answered."""
        return tuple(call for turn in self.turns for call in turn.calls)

    @property
    def handles(self) -> tuple[str, ...]:
        """The resumption handles that the client was given, the newest last."""
        return tuple(one.details["handle"] for one in self._page.entries("handle"))

    @property
    def interruptions(self) -> tuple[int, ...]:
        """For each interruption how many milliseconds of the answer the client can have heard."""
        return tuple(one.details["heard_ms"] for one in self._page.entries("interrupted"))

    @property
    def closed(self) -> tuple[int, str] | None:
        """The close code and its words; 1006 if the connection was lost, ``None`` while it is open."""
        ends = (one.details for one in self._page.entries("close"))
        return next(((one["code"], one["words"]) for one in ends), None)

    @property
    def audio(self) -> Sound:
        """All that the client was sent to play.

        Raises:
            NoSoundError: the emulator keeps no sound.
        """
        return sound_in(self.received, kept=self._page.whole)

    @property
    def audio_sent(self) -> Sound:
        """All that the client streamed.

        Raises:
            NoSoundError: the emulator keeps no sound.
            EmulatorError: the client changed its rate in between.
        """
        return sound_in(self.sent, kept=self._page.whole)

    @property
    def audio_seconds(self) -> tuple[float, float]:
        """How long what the client streamed is, and what it was sent; counted, whether sound is kept or not."""
        head = self._page.head()
        return head.audio_in.seconds, head.audio_out.seconds

    @property
    def tape(self) -> Tape:
        """The recording of the session."""
        return self._record.tape

    @property
    def recording(self) -> str:
        """The recording as JSON Lines (``docs/recording.md``)."""
        return "".join(lines(self.tape))

    def save_recording(self, path: Path | str) -> Path:
        """Write the recording to a file; gives its path."""
        file = Path(path)
        file.write_text(self.recording, encoding="utf-8")
        return file

    @property
    def account(self) -> str:
        """The session told for a person: who sent what, when."""
        return account(self._record)

    @property
    def _record(self) -> Record:
        return self._page.record()

    def _set_up(self, name: str) -> str:
        return next((str(one.details[name]) for one in self._page.entries("setup")), "")


def _typed(message: Message) -> list[str]:
    """The texts of a user in a message."""
    body = message.body
    if "realtimeInput" in body:
        text = body["realtimeInput"].get("text", "")
        return [text] if text else []
    turns = body.get("clientContent", {}).get("turns", ())
    parts = [part for turn in turns if turn.get("role", "user") != "model" for part in turn.get("parts", ())]
    return [part["text"] for part in parts if part.get("text")]
