"""Ephemeral tokens: made by a call of the application's server, spent by the sessions of its users.

Source: Live API reference ("AuthToken"), bodies measured through both SDKs, closes measured in 2026-09.

A client gives absolute times, by the machine's clock. Sessions live by the emulator's, which may run faster or be moved
by hand; so what counts is how far ahead a time was when the token was made, and that much later by the emulator's clock
it is reached.

A token is kept where the counts of quotas are, so that it is good at every emulator that shares the store.
"""

import json
import re
from collections.abc import Callable
from datetime import datetime
from os import urandom
from typing import Any

from gemlive_emulator.profiles.tokens import AuthToken, Pin, pin_of
from gemlive_emulator.records import dataclass
from gemlive_emulator.server.clock import wall_time
from gemlive_emulator.server.redact import redacting_logger
from gemlive_emulator.server.waits import Waits, answer_of
from gemlive_emulator.store.counters import Counters
from gemlive_emulator.store.record import StoreError, fingerprint
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
"""How long the uses of a token are counted, from the first on: longer than any lasts."""
KEPT_SECONDS = 2 * DAY
"""How long it is kept: past its end, so that a client that comes too late is told that it has expired."""
VERSION = 1
"""Of the form in which it is kept."""

_FIELDS = {spelled for name in field_hints(AuthToken) for spelled in (name, to_camel(name))}
_RFC_3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:[Zz]|[+-]\d\d:\d\d)")

log = redacting_logger("tokens")


@dataclass(frozen=True, slots=True)
class Token:
    """One token.

    Attributes:
        name: ``auth_tokens/`` and 64 hexadecimal digits; this is the secret itself.
        owner: fingerprint of the API key that it was made with; its quotas count.
        uses: how many sessions may begin with it, 0 for any number.
        expires: until when it is good, by the clock of the store.
        begins_until: until when sessions may begin with it.
        pin: what it says of their setup.
    """

    name: str
    owner: str
    uses: int
    expires: float
    begins_until: float
    pin: Pin


class Tokens:
    """The tokens of one emulator, and of all that share its store.

    Args:
        counters: keep tokens, and count uses.
        now: tells what time it is for the counters.
        strict: refuse unknown fields of a token's setup; those of the token itself are refused in any case.
        wall: seconds since 1970.
    """

    def __init__(
        self,
        counters: Counters,
        now: Callable[[], float],
        *,
        strict: bool = False,
        wall: Callable[[], float] = wall_time,
    ) -> None:
        self._counters = counters
        self._now = now
        self._strict = strict
        self._wall = wall

    def make(self, body: bytes, key: str) -> Waits[Token]:
        """A new token for the body of ``POST auth_tokens``; google-genai for Python sends none for the defaults.

        Raises:
            ClientFault: 1007, with the words of a 400.
        """
        asked, told = self._read(body)
        uses = 1 if asked.uses is None else asked.uses
        if uses < 0:
            raise ClientFault(INVALID, "uses must not be negative.", "uses is 1 by default, 0 for any number")
        now = self._now()
        lasts = self._ahead("expire_time", asked.expire_time, EXPIRE_SECONDS)
        begins = self._ahead("new_session_expire_time", asked.new_session_expire_time, NEW_SESSION_SECONDS)
        name = PREFIX + urandom(32).hex()
        token = Token(name, fingerprint(key), uses, now + lasts, now + begins, pin_of(asked))
        yield from answer_of(self._counters.note(_kept_as(name), written(token, told), KEPT_SECONDS, now))
        return token

    def find(self, name: str) -> Waits[Token | None]:
        """The token of a name; ``None`` for one that is not kept.

        Raises:
            StoreError: what is kept cannot be read.
        """
        text = yield from answer_of(self._counters.noted(_kept_as(name), self._now()))
        return None if text is None else read(name, text)

    def check(self, token: Token, *, resumes: bool) -> Waits[None]:
        """Look whether a connection may begin with a token now, or go on with a session that began before.

        Raises:
            ClientFault: 1011, it has expired, or is spent. Resuming is neither a use nor bound to the time in which
                sessions may begin (Live API reference; public code resumes on spent tokens).
        """
        now = self._now()
        if now >= token.expires:
            raise fault(TOKEN_EXPIRED, "its expireTime is past; make a new token")
        if resumes:
            return
        if now >= token.begins_until:
            raise fault(TOKEN_EXPIRED, "its newSessionExpireTime is past: it can only resume; make a new token")
        if token.uses and (yield from self._used(token, 0)) >= token.uses:
            raise _spent(token)

    def use(self, token: Token) -> Waits[None]:
        """A session begins with it.

        Raises:
            ClientFault: others have spent it since it was checked.
        """
        if (yield from self._used(token, 1)) > token.uses > 0:
            raise _spent(token)

    def _used(self, token: Token, more: int) -> Waits[float]:
        spent = self._counters.spend(f"uses/{fingerprint(token.name)}", more, DAY, self._now())
        return (yield from answer_of(spent)).total

    def _read(self, body: bytes) -> tuple[AuthToken, Any]:
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
        return asked, told

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


def written(token: Token, body: Any) -> str:
    """What is kept of a token: all but its name, and no key. What it pins is told by the ``body`` that asked for it."""
    kept = {
        "version": VERSION,
        "owner": token.owner,
        "uses": token.uses,
        "expires": token.expires,
        "begins_until": token.begins_until,
        "body": body,
    }
    return json.dumps(kept, separators=(",", ":"))


def read(name: str, text: str) -> Token:
    """The token that was written down.

    Raises:
        StoreError: it has another version, or is not what :func:`written` writes.
    """
    try:
        told = json.loads(text)
        version = told["version"]
        if version == VERSION:
            pin = pin_of(read_message(AuthToken, told["body"], "auth_token", Reading(False)))
            return Token(name, told["owner"], told["uses"], told["expires"], told["begins_until"], pin)
    except (ValueError, TypeError, KeyError, ClientFault) as error:
        raise StoreError(f"a token in the store cannot be read ({error!r}); was it changed by hand?") from error
    raise StoreError(
        f"a token in the store is written in version {version!r} of the form, and this emulator reads version "
        f"{VERSION}; give each release of the emulator a store of its own, or empty this one"
    )


def _kept_as(name: str) -> str:
    # By its fingerprint: the name is the secret.
    return f"token/{fingerprint(name)}"


def _spent(token: Token) -> ClientFault:
    return fault(TOKEN_SPENT, f"its uses ({token.uses}) are spent; resume with a handle, or make a new token")


def _seconds_since_1970(name: str, text: str) -> float:
    try:
        if _RFC_3339.fullmatch(text):
            return datetime.fromisoformat(text.upper()).timestamp()
    except (ValueError, OverflowError):
        pass
    words = f"Invalid value at 'auth_token.{name}' (type.googleapis.com/google.protobuf.Timestamp), \"{text[:40]}\""
    raise ClientFault(INVALID, words, "a time is RFC 3339 with its zone, such as 2026-12-01T12:00:00Z")
