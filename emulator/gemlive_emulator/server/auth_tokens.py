"""Ephemeral tokens: made by a call of the application's server, spent by the sessions of its users.

Source: Live API reference ("AuthToken"), bodies measured through both SDKs, closes measured in 2026-09.

A client gives absolute times, by the machine's clock. Sessions live by the emulator's, which may run faster or be moved
by hand; so what counts is how far ahead a time was when the token was made, and that much later by the emulator's clock
it is reached.
"""

import re
from collections import OrderedDict
from collections.abc import Callable
from datetime import datetime
from os import urandom

from gemlive_emulator.profiles.tokens import AuthToken, Pin, pin_of
from gemlive_emulator.records import dataclass
from gemlive_emulator.server.clock import Clock, wall_time
from gemlive_emulator.server.redact import redacting_logger
from gemlive_emulator.store.counters import MemoryCounters
from gemlive_emulator.store.record import fingerprint
from gemlive_emulator.wire.closes import INVALID, TOKEN_EXPIRED, TOKEN_SPENT, fault, unknown_name
from gemlive_emulator.wire.common import field_hints, to_camel
from gemlive_emulator.wire.errors import ClientFault
from gemlive_emulator.wire.json_text import parse
from gemlive_emulator.wire.reader import Reading, read_message

PREFIX = "auth_tokens/"
EXPIRE_SECONDS = 30 * 60.0
"""How long a token lasts if nothing else is asked for (Live API reference)."""
NEW_SESSION_SECONDS = 60.0
"""How long sessions may begin with it (Live API reference)."""
MOST_SECONDS = 20 * 3600.0
"""How far ahead both times may be (Live API reference)."""
DAY = 24 * 3600.0
"""How long the uses of a token are counted: longer than any lasts."""
MOST_TOKENS = 10_000
"""Tokens that are kept; one more drops the one that was used longest ago, expired ones too, so that it is known why."""

_FIELDS = {spelled for name in field_hints(AuthToken) for spelled in (name, to_camel(name))}
_RFC_3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:[Zz]|[+-]\d\d:\d\d)")

log = redacting_logger("tokens")


@dataclass(frozen=True, slots=True)
class Token:
    """One token.

    Attributes:
        name: ``auth_tokens/`` and 64 hexadecimal digits; this is the secret itself.
        key: the API key that it was made with; its quotas count.
        uses: how many sessions may begin with it, 0 for any number.
        expires: until when it is good, by the emulator's clock.
        begins_until: until when sessions may begin with it.
        pin: what it says of their setup.
    """

    name: str
    key: str
    uses: int
    expires: float
    begins_until: float
    pin: Pin


class Tokens:
    """The tokens of one emulator.

    Args:
        clock: of the sessions.
        counters: count uses.
        strict: refuse unknown fields of a token's setup; those of the token itself are refused in any case.
        wall: seconds since 1970.
    """

    def __init__(
        self, clock: Clock, counters: MemoryCounters, *, strict: bool = False, wall: Callable[[], float] = wall_time
    ) -> None:
        self._clock = clock
        self._counters = counters
        self._strict = strict
        self._wall = wall
        self._made: OrderedDict[str, Token] = OrderedDict()

    def make(self, body: bytes, key: str) -> Token:
        """A new token for the body of ``POST auth_tokens``; google-genai for Python sends none for the defaults.

        Raises:
            ClientFault: 1007, with the words of a 400.
        """
        asked = self._read(body)
        uses = 1 if asked.uses is None else asked.uses
        if uses < 0:
            raise ClientFault(INVALID, "uses must not be negative.", "uses is 1 by default, 0 for any number")
        now = self._clock.now()
        lasts = self._ahead("expire_time", asked.expire_time, EXPIRE_SECONDS)
        begins = self._ahead("new_session_expire_time", asked.new_session_expire_time, NEW_SESSION_SECONDS)
        token = Token(PREFIX + urandom(32).hex(), key, uses, now + lasts, now + begins, pin_of(asked))
        self._made[token.name] = token
        if len(self._made) > MOST_TOKENS:
            self._made.popitem(last=False)
        return token

    def find(self, name: str) -> Token | None:
        """The token of a name; ``None`` for one that was not made here."""
        token = self._made.get(name)
        if token is not None:
            self._made.move_to_end(name)
        return token

    def check(self, token: Token, *, resumes: bool) -> None:
        """Look whether a connection may begin with a token now, or go on with a session that began before.

        Raises:
            ClientFault: 1011, it has expired, or is spent. Resuming is neither a use nor bound to the time in which
                sessions may begin (Live API reference; public code resumes on spent tokens).
        """
        now = self._clock.now()
        if now >= token.expires:
            raise fault(TOKEN_EXPIRED, "its expireTime is past; make a new token")
        if resumes:
            return
        if now >= token.begins_until:
            raise fault(TOKEN_EXPIRED, "its newSessionExpireTime is past: it can only resume; make a new token")
        if token.uses and self._used(token, 0) >= token.uses:
            raise fault(TOKEN_SPENT, f"its uses ({token.uses}) are spent; resume with a handle, or make a new token")

    def use(self, token: Token) -> None:
        """A session begins with it."""
        self._used(token, 1)

    def _used(self, token: Token, more: int) -> float:
        return self._counters.spend(f"uses/{fingerprint(token.name)}", more, DAY, self._clock.now()).total

    def _read(self, body: bytes) -> AuthToken:
        reading = Reading(self._strict)
        told = parse(body, reading.warnings) if body.strip() else {}
        for name in told if isinstance(told, dict) else ():
            if name not in _FIELDS:
                # Public code: what SDKs call liveConnectConstraints has another name on the wire.
                known = ", ".join(map(to_camel, field_hints(AuthToken)))
                raise fault(unknown_name(name, "auth_token"), f"a token has {known}")
        asked = read_message(AuthToken, told, "auth_token", reading)
        for text in reading.warnings:
            log.warning("POST auth_tokens: %s", text)
        return asked

    def _ahead(self, name: str, text: str | None, usual: float) -> float:
        """How many seconds ahead a time is; one that is past is no error, the token has just expired."""
        if text is None:
            return usual
        ahead = _seconds_since_1970(name, text) - self._wall()
        if ahead > MOST_SECONDS:
            # Public code, for expire_time; for the other the same is inferred.
            words = f"{name} is too far in the future. Maximum lifetime is 20h"
            raise ClientFault(INVALID, words, f"{to_camel(name)} is {ahead / 3600:.1f} h ahead of this machine's clock")
        return ahead


def _seconds_since_1970(name: str, text: str) -> float:
    try:
        if _RFC_3339.fullmatch(text):
            return datetime.fromisoformat(text.upper()).timestamp()
    except (ValueError, OverflowError):
        pass
    words = f"Invalid value at 'auth_token.{name}' (type.googleapis.com/google.protobuf.Timestamp), \"{text[:40]}\""
    raise ClientFault(INVALID, words, "a time is RFC 3339 with its zone, such as 2026-12-01T12:00:00Z")
