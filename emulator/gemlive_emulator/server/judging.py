"""The judgement of a setup: who sent it, who answers, whether the family lets it in, and whether a quota is left."""

from collections.abc import Callable
from dataclasses import replace

from gemlive_emulator.profiles.admit import Terms, doorkeeper
from gemlive_emulator.server.casting import Casting, Role
from gemlive_emulator.server.surroundings import Surroundings
from gemlive_emulator.server.waits import Rest, Waits, begin
from gemlive_emulator.session.admission import Admission, Later
from gemlive_emulator.session.hearing import Foreknown
from gemlive_emulator.session.names import Names
from gemlive_emulator.session.session import Session
from gemlive_emulator.wire.endpoint import Endpoint
from gemlive_emulator.wire.setup import Setup


class Judging:
    """Judges the setups of one emulator's clients.

    Args:
        around: what their connections share.
        casting: chooses who answers.
        terms: of the emulator.
        foreknown: puts what the test knows beforehand before what the one who answers does.
    """

    def __init__(
        self, around: Surroundings, casting: Casting, terms: Terms, foreknown: Callable[[Foreknown], Foreknown]
    ) -> None:
        self._around = around
        self._casting = casting
        self._terms = terms
        self._foreknown = foreknown

    def session_for(self, endpoint: Endpoint, names: Names) -> Session:
        """A session for whoever knocked there, whose setup is judged here."""

        def admit(setup: Setup) -> Admission | Later:
            return self.judge(setup, endpoint, name)

        first_message = self._around.settings.first_message
        session = Session(admit, names) if first_message is None else Session(admit, names, first_message)
        name = session.name  # only that: a session that is held by what it holds outlives its connection
        return session

    def judge(self, setup: Setup, endpoint: Endpoint, session: str) -> Admission | Later:
        """Judge a setup that came from there, for the session of this name.

        Raises:
            ClientFault: it is refused, with the real server's code and words.
            EmulatorError: there is no scenario of the name that the client gave.
        """
        begun = begin(self._steps(setup, endpoint, session), self._around.clock)
        return Later(begun) if isinstance(begun, Rest) else begun

    def _steps(self, setup: Setup, endpoint: Endpoint, session: str) -> Waits[Admission]:
        around = self._around
        guest = yield from around.reception.identify(endpoint, setup)
        role = Role(session, endpoint, guest.model, around.journal.noting(session, around.clock))
        part = around.faults.rehearsed(self._casting.cast(role), role, around.journal, around.clock)
        guest = replace(guest, setup=part.pin.over(guest.setup))
        terms, foreknown = part.terms(self._terms), self._foreknown(part.foreknown)
        around.faults.recast(endpoint, role.model)
        admission = doorkeeper(guest.endpoint, part.responder, terms, foreknown)(guest.setup)
        admission = yield from around.reception.let_in(guest, admission, session)
        if part.expects is not None:
            around.failures.watch(session, part.expects)
        return admission
