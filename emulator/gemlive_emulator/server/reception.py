"""Who may come in: keys, ephemeral tokens and quotas, at the upgrade, at the setup, and while a session goes on."""

import re
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from gemlive_emulator.profiles.tokens import handle_in
from gemlive_emulator.records import dataclass
from gemlive_emulator.server.auth_tokens import PREFIX, Token, Tokens
from gemlive_emulator.server.clock import Clock
from gemlive_emulator.server.keys import Keys, refusal_of
from gemlive_emulator.server.quotas import Quotas
from gemlive_emulator.server.refusal import Refusal
from gemlive_emulator.session.admission import Admission
from gemlive_emulator.session.commands import Happening, TurnComplete
from gemlive_emulator.session.steps import CloseConnection, Conversation, Reply, UserTurn
from gemlive_emulator.store.counters import MemoryCounters
from gemlive_emulator.store.record import fingerprint
from gemlive_emulator.wire.closes import INTERNAL, KEY_STATES, fault
from gemlive_emulator.wire.endpoint import Backend, Endpoint
from gemlive_emulator.wire.errors import ClientFault
from gemlive_emulator.wire.setup import Setup

if TYPE_CHECKING:
    from gemlive_emulator.server.settings import Settings

NO_BEARER = (
    "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid "
    "authentication credential."
)
"""Google's words for a bearer that it does not know; that they come at the upgrade of a Live connection is inferred."""

_PROJECT = re.compile(r"projects/[^/]+/")
"""How the name of a model on Vertex begins, as SDKs write it."""


@dataclass(frozen=True, slots=True)
class Guest:
    """Who sent a setup.

    Attributes:
        endpoint: where it knocked, with the key that counts: of a token the one that it was made with.
        setup: what counts of what it asked for.
        token: what it came with, if it was one.
        notes: what was forgiven.
    """

    endpoint: Endpoint
    setup: Setup
    token: Token | None = None
    notes: tuple[str, ...] = ()

    @property
    def model(self) -> str:
        """The bare id of the model that the setup asks for."""
        return (self.setup.model or "").rsplit("/", 1)[-1]


class Reception:
    """Judges the credentials of one emulator's clients.

    Args:
        settings: name keys and limits.
        clock: of the sessions.

    Attributes:
        keys: that there are.
    """

    def __init__(self, settings: "Settings", clock: Clock) -> None:
        self.keys = Keys(settings)
        self._settings = settings
        self._clock = clock
        self.reset()

    def reset(self) -> None:
        """Forget all tokens, and what was used up."""
        counters = MemoryCounters()
        self._quotas = Quotas(counters)
        self._tokens = Tokens(self._clock, counters, strict=self._settings.strict)

    def make_token(self, body: bytes, key: str) -> str:
        """The name of a new token for the holder of a key.

        Raises:
            ClientFault: the key is not good, or the body is not.
        """
        if key.startswith(PREFIX):
            raise fault(KEY_STATES["invalid"], "a token cannot make tokens; use the API key")
        self.keys.check(key)
        return self._tokens.make(body, key).name

    def refusal(self, endpoint: Endpoint) -> Refusal | None:
        """What an upgrade is answered with, if no session may come of it."""
        if endpoint.backend is Backend.VERTEX and self.keys.of(endpoint.key).state in ("invalid", "expired"):
            return Refusal(401, NO_BEARER)
        if self._settings.quota_at == "setup":
            return None
        token = self._tokens.find(endpoint.key)
        key = token.key if token is not None else endpoint.key
        allowance = self.keys.of(key)
        try:
            if allowance.state == "valid":
                self._quotas.check(key, allowance, self._clock.now())
            elif KEY_STATES[allowance.state][0] == INTERNAL:
                self.keys.check(key)
        except ClientFault as refused:
            return refusal_of(refused)
        return None

    def identify(self, endpoint: Endpoint, setup: Setup) -> Guest:
        """Who sends this setup, and what of it counts.

        Raises:
            ClientFault: the client came with a token that is no longer good, or on the wrong path.
        """
        if not endpoint.key.startswith(PREFIX):
            return self._without_token(endpoint, setup)
        if not endpoint.constrained and endpoint.backend is not None:
            hint = "a token is good on the path ...BidiGenerateContentConstrained only"
            raise fault(KEY_STATES["invalid"], hint)
        token = self._tokens.find(endpoint.key)
        if token is None:
            note = "this ephemeral token was not made here, or too long ago; it was taken as any key"
            return self._forgiven(endpoint, setup, note)
        pinned = token.pin.over(setup)
        self._tokens.check(token, resumes=handle_in(pinned) is not None)
        return Guest(replace(endpoint, key=token.key), pinned, token)

    def let_in(self, guest: Guest, admission: Admission, session: str) -> Admission:
        """Count a session that may begin, and let it count on.

        Raises:
            ClientFault: its key has used up a quota.
        """
        key, now = guest.endpoint.key, self._clock.now()
        allowance = self.keys.of(key)
        self._quotas.begin(key, allowance, session, now)
        token = guest.token
        if token is not None:
            if handle_in(guest.setup) is None:
                self._tokens.use(token)
            admission = replace(admission, expires=token.expires - now)
        admission = replace(admission, setup=guest.setup, owner=owner_of(guest))
        if allowance.tokens_per_minute:
            out = self._tokens_are_out(key, allowance.tokens_per_minute)
            admission = metered(admission, out, lambda tokens: self._count(key, tokens))
        return replace(admission, notes=(*admission.notes, *guest.notes))

    def leave(self, session: str) -> None:
        """A session is over."""
        self._quotas.end(session)

    def _without_token(self, endpoint: Endpoint, setup: Setup) -> Guest:
        if not endpoint.constrained:
            return Guest(endpoint, setup)
        return self._forgiven(endpoint, setup, "this path takes ephemeral tokens only, and something else came")

    def _forgiven(self, endpoint: Endpoint, setup: Setup, note: str) -> Guest:
        if self._settings.strict:
            raise fault(KEY_STATES["invalid"], note)
        return Guest(endpoint, setup, notes=(note,))

    def _tokens_are_out(self, key: str, most: int) -> Callable[[], bool]:
        return lambda: self._quotas.use_tokens(key, 0, self._clock.now()) >= most

    def _count(self, key: str, tokens: int) -> None:
        self._quotas.use_tokens(key, tokens, self._clock.now())


def owner_of(guest: Guest) -> str:
    """Whose the handles are that a guest is given, as a fingerprint; ``""`` where anybody may resume with them.

    Public code: a session is resumed with a new token, also where the first one is spent; both were made with one key,
    and that is the owner. A bearer of Vertex lasts an hour, so there it is the project. Who is refused is inferred.
    """
    endpoint, model = guest.endpoint, guest.setup.model or ""
    project = _PROJECT.match(model)
    if project is not None or endpoint.backend is Backend.VERTEX:
        return "" if project is None else fingerprint(project[0])
    of_nobody = guest.token is None and (endpoint.constrained or endpoint.key.startswith(PREFIX))
    return "" if of_nobody else fingerprint(endpoint.key)


def metered(admission: Admission, are_out: Callable[[], bool], count: Callable[[int], None]) -> Admission:
    """The same session, but its turns count, and where no tokens are left the next turn ends it.

    Args:
        admission: of the session.
        are_out: whether there are none left.
        count: takes the tokens of each turn, prompt and response, as its usage tells them.
    """
    responder, render = admission.responder, admission.render

    def respond(turn: UserTurn, conversation: Conversation) -> Reply:
        return _out_of_quota() if are_out() else responder(turn, conversation)

    def render_and_count(happening: Happening) -> list[bytes]:
        if isinstance(happening, TurnComplete):
            usage = happening.usage
            count(sum((*usage.prompt.values(), *usage.response.values(), usage.unlisted, usage.unlisted_response)))
        return render(happening)

    return replace(admission, responder=respond, render=render_and_count)


def _out_of_quota() -> Reply:
    yield CloseConnection(*KEY_STATES["out-of-quota"])
