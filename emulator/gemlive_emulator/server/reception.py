"""Who may come in: keys, ephemeral tokens and quotas, at the upgrade, at the setup, and while a session goes on."""

import re
from asyncio import Future
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from gemlive_emulator.profiles.tokens import handle_in
from gemlive_emulator.records import dataclass
from gemlive_emulator.server.auth_tokens import PREFIX, Token, Tokens
from gemlive_emulator.server.clock import Clock
from gemlive_emulator.server.failures import Failures
from gemlive_emulator.server.keys import Keys, refusal_of
from gemlive_emulator.server.quotas import Quotas
from gemlive_emulator.server.refusal import Refusal
from gemlive_emulator.server.waits import Rest, Waits, begin, finish
from gemlive_emulator.session.admission import Admission
from gemlive_emulator.session.steps import CloseConnection, Consult, Conversation, Reply, Responder, UserTurn
from gemlive_emulator.session.usage import Usage
from gemlive_emulator.store.counters import Counters, Soon
from gemlive_emulator.store.record import fingerprint
from gemlive_emulator.wire.closes import INTERNAL, INTERNAL_ERROR, KEY_STATES, fault
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
        endpoint: where it knocked, with the key that counts: of a token the one that it was made with, if it is named.
        owner: fingerprint of the key that counts.
        setup: what counts of what it asked for.
        token: what it came with, if it was one.
        notes: what was forgiven.
    """

    endpoint: Endpoint
    owner: str
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
        counters: keep tokens and counts: the store.
        now: tells what time it is for them.
        failures: told when they are out of reach.

    Attributes:
        keys: that there are.
        meters: what counts the tokens of a turn, by session, where they count.
    """

    def __init__(
        self, settings: "Settings", clock: Clock, counters: Counters, now: Callable[[], float], failures: Failures
    ) -> None:
        self.keys = Keys(settings)
        self.meters: dict[str, Callable[[Usage], Soon[Any]]] = {}
        self._settings = settings
        self._clock = clock
        self._counters = counters
        self._now = now
        self._failures = failures
        self._quotas = Quotas(counters, clock, now, settings.rate)
        self._tokens = Tokens(counters, now, strict=settings.strict)
        self._answer: tuple[Endpoint, Refusal | None] | None = None

    def reset(self) -> None:
        """Forget all tokens, and what was used up, unless other emulators share them."""
        self._counters.reset()

    async def make_token(self, body: bytes, key: str) -> str:
        """The name of a new token for the holder of a key.

        Raises:
            ClientFault: the key is not good, or the body is not.
            StoreError: the store is out of reach.
        """
        if key.startswith(PREFIX):
            raise fault(KEY_STATES["invalid"], "a token cannot make tokens; use the API key")
        self.keys.check(key)
        return (await finish(self._tokens.make(body, key), self._clock)).name

    def ask(self, endpoint: Endpoint, then: Callable[[], None]) -> bool:
        """Whether a store is asked what to answer to an upgrade; while ``then`` is called :meth:`refusal` knows it."""
        if self._answer is not None and self._answer[0] is endpoint:
            return False
        judging = begin(self._judge(endpoint), self._clock)
        if not isinstance(judging, Rest):
            return False

        def judged(judgement: "Future[Refusal | None]") -> None:
            error = judgement.exception()
            if isinstance(error, Exception):
                self._failures.tell("", "the store failed", error)
            self._answer = endpoint, judgement.result() if error is None else Refusal(500, INTERNAL_ERROR[1])
            try:
                then()
            finally:
                self._answer = None

        judging().add_done_callback(judged)
        return True

    def refusal(self, endpoint: Endpoint) -> Refusal | None:
        """What an upgrade is answered with, if no session may come of it; :meth:`ask` goes before."""
        if self._answer is not None:
            return self._answer[1]
        judged = begin(self._judge(endpoint), self._clock)
        assert not isinstance(judged, Rest), "the store was to be asked before"
        return judged

    def identify(self, endpoint: Endpoint, setup: Setup) -> Waits[Guest]:
        """Who sends this setup, and what of it counts.

        Raises:
            ClientFault: the client came with a token that is no longer good, or on the wrong path.
        """
        if not endpoint.key.startswith(PREFIX):
            return self._without_token(endpoint, setup)
        if not endpoint.constrained and endpoint.backend is not None:
            hint = "a token is good on the path ...BidiGenerateContentConstrained only"
            raise fault(KEY_STATES["invalid"], hint)
        token = yield from self._tokens.find(endpoint.key)
        if token is None:
            note = "this ephemeral token was not made here, or too long ago; it was taken as any key"
            return self._forgiven(endpoint, setup, note)
        pinned = token.pin.over(setup)
        yield from self._tokens.check(token, resumes=handle_in(pinned) is not None)
        return Guest(replace(endpoint, key=self.keys.owned_by(token.owner)), token.owner, pinned, token)

    def let_in(self, guest: Guest, admission: Admission, session: str) -> Waits[Admission]:
        """Count a session that may begin, and let it count on; whether it may or not, it has to :meth:`leave`.

        Raises:
            ClientFault: its key has used up a quota, or its token is spent.
        """
        owner, allowance = guest.owner, self.keys.of(guest.endpoint.key)
        yield from self._quotas.begin(owner, allowance, session)
        token = guest.token
        if token is not None:
            if handle_in(guest.setup) is None:
                yield from self._tokens.use(token)
            admission = replace(admission, expires=token.expires - self._now())
        if allowance.tokens_per_minute:
            out = partial(self._tokens_are_out, owner, allowance.tokens_per_minute)
            admission = replace(admission, responder=metered(admission.responder, out))
            self.meters[session] = partial(self._count, owner)
        notes = (*admission.notes, *guest.notes)
        return replace(admission, setup=guest.setup, owner=owner_of(guest), notes=notes)

    def leave(self, session: str) -> None:
        """A session is over."""
        self._quotas.end(session)
        self.meters.pop(session, None)

    def _judge(self, endpoint: Endpoint) -> Waits[Refusal | None]:
        """What an upgrade is answered with, if no session may come of it."""
        if endpoint.backend is Backend.VERTEX and self.keys.of(endpoint.key).state in ("invalid", "expired"):
            return Refusal(401, NO_BEARER)
        if self._settings.quota_at == "setup":
            return None
        owner = fingerprint(endpoint.key)
        if endpoint.key.startswith(PREFIX) and (token := (yield from self._tokens.find(endpoint.key))) is not None:
            owner = token.owner
            endpoint = replace(endpoint, key=self.keys.owned_by(owner))
        allowance = self.keys.of(endpoint.key)
        try:
            if allowance.state == "valid":
                yield from self._quotas.check(owner, allowance)
            elif KEY_STATES[allowance.state][0] == INTERNAL:
                self.keys.check(endpoint.key)
        except ClientFault as refused:
            return refusal_of(refused)
        return None

    def _without_token(self, endpoint: Endpoint, setup: Setup) -> Guest:
        if not endpoint.constrained:
            return Guest(endpoint, fingerprint(endpoint.key), setup)
        return self._forgiven(endpoint, setup, "this path takes ephemeral tokens only, and something else came")

    def _forgiven(self, endpoint: Endpoint, setup: Setup, note: str) -> Guest:
        if self._settings.strict:
            raise fault(KEY_STATES["invalid"], note)
        return Guest(endpoint, fingerprint(endpoint.key), setup, notes=(note,))

    def _tokens_are_out(self, owner: str, most: int) -> bool | Rest[bool]:
        return begin(self._quotas.tokens_are_out(owner, most), self._clock)

    def _count(self, owner: str, usage: Usage) -> Soon[Any]:
        tokens = sum((*usage.prompt.values(), *usage.response.values(), usage.unlisted, usage.unlisted_response))
        return self._quotas.use_tokens(owner, tokens)


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
    return "" if of_nobody else guest.owner


def metered(responder: Responder, are_out: Callable[[], bool | Rest[bool]]) -> Responder:
    """The same responder; but where no tokens are left the next turn ends the session.

    Args:
        responder: of the session.
        are_out: whether there are none left, or what has to be awaited to know it.
    """

    def respond(turn: UserTurn, conversation: Conversation) -> Reply:
        out = are_out()
        if isinstance(out, Rest):
            return _once_known(out, responder, turn, conversation)
        return _out_of_quota() if out else responder(turn, conversation)

    return respond


def _once_known(out: Rest[bool], responder: Responder, turn: UserTurn, conversation: Conversation) -> Reply:
    if (yield Consult(out)):
        yield from _out_of_quota()
    else:
        yield from responder(turn, conversation)


def _out_of_quota() -> Reply:
    yield CloseConnection(*KEY_STATES["out-of-quota"])
