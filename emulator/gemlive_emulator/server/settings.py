"""Everything that can differ between two emulators, in one frozen record."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal, get_args

from gemlive_emulator.server.keys import Allowance, KeyTerms, read_allowance
from gemlive_emulator.server.taping import Kept
from gemlive_emulator.store.opening import RIGHT, names_store
from gemlive_emulator.wire.errors import EmulatorError

PaceName = Literal["family", "real-time", "at-once"]
"""How fast answers go out: as the model family does, at the speed of speech, or with no waiting at all."""

RecogniserName = Literal["auto", "off", "pocketsphinx"]
"""Who listens when nothing else tells the words: pocketsphinx if it is installed, nobody, or pocketsphinx surely."""

ClockName = Literal["real", "manual"]
"""What moves the time of sessions: the machine's clock, at ``rate``, or only who calls for it."""

LogLevel = Literal["debug", "info", "warning", "error"]

QuotaPlace = Literal["setup", "upgrade"]
"""Where a client is told that its key may not have one more session: by a close (1011) in answer to its setup, or by
HTTP 429 in answer to its upgrade. The real server was seen to do both."""

MEBIBYTE = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How one emulator behaves. Nothing else configures it, and nothing changes it once it runs.

    Attributes:
        host: the address to listen at. Anything but a loopback address lets the network in.
        port: the TCP port, 0 for a free one.
        profile: answer as this model family whatever model a client asks for; ``None`` lets the setup decide.
        overrides: fields of the model family to change, by dotted name, for example
            ``{"behaviour.pace.first_audio": 0.2}``; ``docs/fidelity.md`` names them.
        scenario: path of a scenario file; ``None`` for the built-in responder.
        call_functions: whether the built-in responder calls functions that a client declared when a turn asks for
            them. A scenario's own calls are made in any case.
        voice: the speech engine, ``auto`` for the best that loads.
        recordings: folders of WAV files whose words are known, so that they are found again in what a client streams
            (:mod:`gemlive_emulator.server.recordings` says what is in such a folder). Read at the start only.
        recogniser: see :data:`RecogniserName`; it tells apart the phrases that the scenario waits for, no others.
        idle_end: seconds without audio after which speech that is under way ends, 0 for never, ``None`` as the model
            family does.
        limits: whether connections and sessions end by themselves, as the real server's do: after ten minutes, with
            a word before it, and so on (``behaviour.limits``). Off for long sessions of your own.
        clock: see :data:`ClockName`. A manual clock stands still until ``Emulator.advance``, the HTTP interface or the
            command ``advance`` moves it; so does whatever of an answer is not due at once.
        rate: how many seconds pass in a session while one passes outside; 60 makes a minute of each second.
        pace: see :data:`PaceName`.
        strict: refuse what the real server would refuse but an emulator can forgive: unknown fields, unknown models.
        max_message: bytes of the longest message that a client may send; a longer one is closed with 1009. The
            real server takes inline images and histories well over the 1 MiB that is usual in WebSocket libraries.
        first_message: seconds that a client may take to send its setup, 0 for ever, ``None`` for 30.
        outbox_limit: bytes that may wait for a client that does not read; past it the connection is dropped.
        stalled_after: seconds (real ones, whatever the clock) after which a client that reads nothing at all is
            dropped. Long, because a client may stand at a breakpoint.
        max_sessions: how many connections may be open at once, 0 for any number; one more gets HTTP 503.
        allow_origins: further values of the ``Origin`` header that may connect, beside local ones.
        allow_hosts: further names that the ``Host`` header may hold, beside local ones.
        control_token: what a request to ``/emulator/v1/`` has to bring as ``Authorization: Bearer TOKEN``. Without one,
            only this machine may ask; with one, whoever has it, from anywhere, and nobody else.
        keys: the API keys that exist, each with ``valid`` or why it is refused, with the real server's code and words
            (:data:`gemlive_emulator.wire.closes.KEY_STATES`: ``expired``, ``denied`` ...), or with a mapping of
            ``state`` and limits of its own (:class:`gemlive_emulator.server.keys.Allowance`); ``None`` takes any key
            and none.
        store: where sessions are kept for those who resume them: ``memory``, ``sqlite:PATH`` for a file that survives
            the emulator, or ``redis://HOST:PORT`` (also rediss, valkey, valkeys) for a server that several share.
        handle_seconds: how long a resumption handle can be used after it was last written; ``None`` for two hours,
            and a day on Vertex (``behaviour.resumption``).
        sessions_per_key: how many sessions a key may have at once, 0 for any number. Real keys began with three.
        sessions_per_minute: how many sessions a key may begin in a minute, 0 for any number.
        tokens_per_minute: how many tokens the turns of a key may use in a minute, 0 for any number. The turn that goes
            over is still answered, the next one is not.
        quota_at: see :data:`QuotaPlace`.
        keep: what the journal keeps of messages: ``words``, which is all but their sound and pictures, ``all``, or
            ``nothing``. Bounded either way.
        text_frames: send text frames instead of the binary ones that the real server sends.
        log_level: the least severe line that is logged.
        seed: makes every id that sessions hand out repeatable; ``None`` draws them from the system's randomness, so
            that a resumption handle cannot be guessed.
    """

    host: str = "127.0.0.1"
    port: int = 8765
    profile: str | None = None
    overrides: Mapping[str, Any] = field(default_factory=dict)
    scenario: str | None = None
    call_functions: bool = True
    voice: str = "auto"
    recordings: tuple[str, ...] = ()
    recogniser: RecogniserName = "auto"
    idle_end: float | None = None
    limits: bool = True
    clock: ClockName = "real"
    rate: float = 1.0
    pace: PaceName = "family"
    strict: bool = False
    max_message: int = 16 * MEBIBYTE
    first_message: float | None = None
    outbox_limit: int = 8 * MEBIBYTE
    stalled_after: float = 60.0
    max_sessions: int = 0
    allow_origins: tuple[str, ...] = ()
    allow_hosts: tuple[str, ...] = ()
    control_token: str | None = field(default=None, repr=False)
    keys: Mapping[str, KeyTerms] | None = None
    store: str = "memory"
    handle_seconds: float | None = None
    sessions_per_key: int = 0
    sessions_per_minute: int = 0
    tokens_per_minute: int = 0
    quota_at: QuotaPlace = "setup"
    keep: Kept = "words"
    text_frames: bool = False
    log_level: LogLevel = "info"
    seed: int | None = None

    def __post_init__(self) -> None:
        """Refuse what cannot work.

        Raises:
            EmulatorError: saying which setting, what it is and what would be right.
        """
        self._check_numbers()
        self._check_words()
        object.__setattr__(self, "overrides", MappingProxyType(dict(self.overrides)))
        if self.keys is not None:
            object.__setattr__(self, "keys", MappingProxyType(dict(self.keys)))

    def _check_numbers(self) -> None:
        _require(0 <= self.port <= 65535, "port", self.port, "0 (any free port) to 65535")
        _require(
            0 < self.rate < float("inf"), "rate", self.rate, "a number above 0, for example 60 for a minute a second"
        )
        _require(self.max_message >= 1024, "max_message", self.max_message, "at least 1024 bytes")
        _require(self.outbox_limit >= 64 * 1024, "outbox_limit", self.outbox_limit, "at least 65536 bytes")
        _require(self.stalled_after > 0, "stalled_after", self.stalled_after, "more than 0 seconds")
        lasts = self.handle_seconds
        _require(lasts is None or 0 < lasts < float("inf"), "handle_seconds", lasts, "more than 0 seconds")
        for name in ("max_sessions", "sessions_per_key", "sessions_per_minute", "tokens_per_minute"):
            _require(getattr(self, name) >= 0, name, getattr(self, name), "0 (no limit) or more")
        _require(
            self.first_message is None or self.first_message >= 0,
            "first_message",
            self.first_message,
            "seconds, 0 for ever, or None for 30",
        )
        _require(
            self.idle_end is None or 0 <= self.idle_end < float("inf"),
            "idle_end",
            self.idle_end,
            "seconds, 0 for never, or None for what the model family does",
        )

    def _check_words(self) -> None:
        _require_one_of(get_args(ClockName), "clock", self.clock)
        _require(
            self.clock == "real" or self.rate == 1.0,
            "rate",
            self.rate,
            "1 where the clock is manual; leave it out, or take the clock 'real'",
        )
        _require(bool(self.host), "host", self.host, "an address to listen at, for example 127.0.0.1")
        _require(names_store(self.store), "store", self.store, RIGHT)
        _require_one_of(get_args(PaceName), "pace", self.pace)
        _require_one_of(get_args(RecogniserName), "recogniser", self.recogniser)
        _require_one_of(get_args(LogLevel), "log_level", self.log_level)
        _require_one_of(get_args(Kept), "keep", self.keep)
        if self.control_token is not None and not re.fullmatch(r"[\x21-\x7e]{16,}", self.control_token):
            raise EmulatorError("control_token has to be 16 or more printable ASCII characters without blanks")
        _require_one_of(get_args(QuotaPlace), "quota_at", self.quota_at)
        for key, said in (self.keys or {}).items():
            read_allowance(key, said, Allowance())


def _require(holds: bool, name: str, value: object, right: str) -> None:
    if not holds:
        raise EmulatorError(f"{name} is {value!r}; it has to be {right}")


def _require_one_of(words: tuple[str, ...], name: str, value: str) -> None:
    _require(value in words, name, value, "one of " + ", ".join(words))
