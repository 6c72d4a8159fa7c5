"""API keys: which there are, what the real server would say of each, and how much each may use."""

from collections.abc import Mapping
from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any, cast

from gemlive_emulator.records import dataclass
from gemlive_emulator.server.redact import mask
from gemlive_emulator.server.refusal import Refusal
from gemlive_emulator.store.record import fingerprint
from gemlive_emulator.wire.closes import INTERNAL, INVALID, KEY_STATES, POLICY, fault
from gemlive_emulator.wire.errors import ClientFault, EmulatorError

if TYPE_CHECKING:
    from gemlive_emulator.server.settings import Settings

ACCESS_TOKEN = "gemlive-emulator-access-token"
"""What ``POST /token`` gives to Google's auth libraries. A key like any other, and valid if nobody says otherwise."""

STATES = ("valid", *KEY_STATES)

HTTP_STATUS = {INVALID: 400, POLICY: 403, INTERNAL: 429}
"""What a REST call gets for what closes a live session with this code."""


@dataclass(frozen=True, slots=True)
class Allowance:
    """What one key may do. 0 is no limit.

    Attributes:
        state: ``valid``, or why its sessions are refused (:data:`~gemlive_emulator.wire.closes.KEY_STATES`).
        sessions: at once.
        sessions_per_minute: that begin.
        tokens_per_minute: of all its sessions, prompt and response together, as usage tells them.
    """

    state: str = "valid"
    sessions: int = 0
    sessions_per_minute: int = 0
    tokens_per_minute: int = 0


_LIMITS = tuple(field.name for field in fields(cast(Any, Allowance)) if field.name != "state")

KeyTerms = str | Mapping[str, Any]
"""What a file says of one key: its state, or a mapping of ``state`` and limits."""


def read_allowance(key: str, said: KeyTerms, usual: Allowance) -> Allowance:
    """What a key may do; limits that are not named are the usual ones.

    Raises:
        EmulatorError: an unknown state or limit, or a number that cannot be; the key itself is not told.
    """
    told = {"state": said} if isinstance(said, str) else said
    if not isinstance(told, Mapping):
        raise _wrong(key, f"is {said!r}; it has to be a state or a mapping of state and limits")
    for name, value in told.items():
        if name == "state":
            if value not in STATES:
                raise _wrong(key, f"is {value!r}; it has to be one of {', '.join(STATES)}")
        elif name not in _LIMITS:
            raise _wrong(key, f"has {name!r}; it may have state, {', '.join(_LIMITS)}")
        elif not isinstance(value, int) or isinstance(value, bool) or value < 0:
            raise _wrong(key, f"has {name} {value!r}; it has to be a whole number, 0 for no limit")
    return replace(usual, **told)


def _wrong(key: str, what: str) -> EmulatorError:
    return EmulatorError(f"keys: the key {mask(key)} {what}")


class Keys:
    """The keys of one emulator.

    Args:
        settings: name them, and the limits of those that have none of their own.

    Attributes:
        any: whether every key will do, and none.
    """

    def __init__(self, settings: "Settings") -> None:
        self._usual = Allowance(
            sessions=settings.sessions_per_key,
            sessions_per_minute=settings.sessions_per_minute,
            tokens_per_minute=settings.tokens_per_minute,
        )
        self.any = settings.keys is None
        told = {ACCESS_TOKEN: "valid", **(settings.keys or {})}
        self._known = {key: read_allowance(key, said, self._usual) for key, said in told.items()}
        self._owners = {fingerprint(key): key for key in told}

    @property
    def states(self) -> dict[str, str] | None:
        """The state of each key; ``None`` where any will do."""
        return None if self.any else {key: allowance.state for key, allowance in self._known.items()}

    def of(self, key: str) -> Allowance:
        """What a key may do; an unknown one nothing, where keys are named."""
        return self._known.get(key) or (self._usual if self.any else replace(self._usual, state="invalid"))

    def owned_by(self, owner: str) -> str:
        """The key of a fingerprint; ``""`` for one that nobody named."""
        return self._owners.get(owner, "")

    def check(self, key: str) -> Allowance:
        """What a key may do.

        Raises:
            ClientFault: it is not good; with the real server's code and words.
        """
        allowance = self.of(key)
        if allowance.state != "valid":
            raise fault(KEY_STATES[allowance.state], f"the key is {allowance.state}; the configured keys say so")
        return allowance


def refusal_of(refused: ClientFault) -> Refusal:
    """What a REST call gets, or an upgrade, for what would close a live session."""
    return Refusal(HTTP_STATUS[refused.code], str(refused.args[0]))
