"""Who answers a session in which more goes wrong than a line can do."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from gemlive_emulator.profiles.tokens import AuthToken, pin_of
from gemlive_emulator.scenario.faults.rehearsal import Rehearsal, difference
from gemlive_emulator.scenario.faults.watch import Fault, Told
from gemlive_emulator.server.casting import Cast, Role
from gemlive_emulator.server.clock import Clock
from gemlive_emulator.server.journal import Journal
from gemlive_emulator.server.redact import redacting_logger
from gemlive_emulator.session.steps import Responder
from gemlive_emulator.wire.reader import Reading, read_message

log = redacting_logger("session")


def changed(cast: Cast, faults: Sequence[Fault], role: Role, told: Told) -> Cast:
    """The cast with what faults set: fields of the family, or the family, or the setup."""
    made = difference(faults, role.endpoint.connection, told)
    pin = pin_of(read_message(AuthToken, made.token, "auth_token", Reading(strict=True))) if made.token else cast.pin
    return replace(cast, model=made.model or cast.model, overrides={**cast.overrides, **made.fields}, pin=pin)


def rehearsal(usual: Responder, faults: Callable[[], Sequence[Fault]], role: Role, told: Told) -> Rehearsal:
    """Who answers as faults would have it, in this session."""
    return Rehearsal(usual, faults, role.endpoint.connection, told)


def teller(session: str, journal: Journal, clock: Clock) -> Told:
    """What logs a strike in this session and writes it down."""

    def tell(fault: Fault, at: str) -> None:
        log.info("session %s: fault: %s at %s", session, fault.name, at)
        page = journal.page(session)
        if page is not None:
            page.note(clock.now(), "fault", name=fault.name, at=at)

    return tell
