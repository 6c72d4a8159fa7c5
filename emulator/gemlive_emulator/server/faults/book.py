"""The faults of one emulator: those of a test and those of its scenario file."""

import asyncio
from collections.abc import Callable, Collection
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Protocol

from gemlive_emulator.wire.endpoint import Endpoint

if TYPE_CHECKING:
    from gemlive_emulator.scenario.faults.watch import Fault
    from gemlive_emulator.server.casting import Cast, Role
    from gemlive_emulator.server.clock import Clock
    from gemlive_emulator.server.journal import Journal
    from gemlive_emulator.session.steps import Conversation, Reply, Responder, UserTurn


class OfFile(Protocol):
    """Who knows the faults of the scenario file (:class:`~gemlive_emulator.server.casting.Casting`)."""

    def faults(self, endpoint: Endpoint, model: str) -> "tuple[Fault, ...]":
        """Those for a connection; the model is ``""`` while it is not known."""
        ...

    def faults_in_file(self) -> "tuple[Fault, ...]":
        """All of them."""
        ...


class Misbehaving(Protocol):
    """A connection on which something can go wrong."""

    @property
    def number(self) -> int:
        """Of the connection at its emulator, from 1."""
        ...

    def misbehave(self, fault: "Fault") -> None:
        """Let this fault strike as well, from now on."""
        ...

    def recast(self, gone: "tuple[Fault, ...]", new: "tuple[Fault, ...]") -> None:
        """Let these faults strike no longer, and those instead."""
        ...


class Faults:
    """What goes wrong on the connections of one emulator.

    Args:
        of_file: gives who knows the faults of the scenario file; ``None`` if there is no file.
        connections: gives all that are open.
    """

    def __init__(
        self,
        of_file: Callable[[], OfFile | None] = lambda: None,
        connections: Callable[[], Collection[Misbehaving]] = tuple,
    ) -> None:
        self._of_file = of_file
        self._connections = connections
        self._of_test: tuple[Fault, ...] = ()
        self._loop: asyncio.AbstractEventLoop | None = None

    @property
    def all(self) -> "tuple[Fault, ...]":
        """All of them, those of the test first; each knows how often it ``struck``."""
        file = self._of_file()
        return self._of_test if file is None else (*self._of_test, *file.faults_in_file())

    @property
    def unused(self) -> list[str]:
        """Those that have never struck, in words."""
        return [unused for fault in self.all if (unused := fault.unused) is not None]

    @property
    def missed(self) -> list[str]:
        """Those of the test that had to strike and have not, in words: what it rehearses has not happened."""
        sure = (fault for fault in self._of_test if fault.form.probability is None)
        return [unused for fault in sure if (unused := fault.unused) is not None]

    def begin(self, loop: asyncio.AbstractEventLoop) -> None:
        """Connections come from now on, on this loop."""
        self._loop = loop

    def end(self) -> None:
        """No connections come any more."""
        self._loop = None

    def write(self, name: str, *value: Any, **keys: Any) -> "Fault":
        """One more of the test, as :meth:`Emulator.fault` says. Safe from any thread."""
        from gemlive_emulator.scenario.faults.call import fault_of_call

        return self.add(fault_of_call(name, *value, **keys))

    def add(self, fault: "Fault") -> "Fault":
        """One more of the test. Safe from any thread."""
        self._of_test = (*self._of_test, fault)
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._strike, fault)
        return fault

    def clear(self) -> None:
        """Forget those of the test: from now on they strike nowhere. Safe from any thread."""
        gone, self._of_test = self._of_test, ()
        if gone and self._loop is not None:
            self._loop.call_soon_threadsafe(self._spare, gone)

    def of(self, endpoint: Endpoint) -> "tuple[Fault, ...]":
        """Those that can strike on a connection, as far as that is known without its setup."""
        return (*self._of_test, *self._known(endpoint, ""))

    def recast(self, endpoint: Endpoint, model: str) -> None:
        """Let the faults of that scenario strike on a connection that the model in its setup has chosen."""
        file = self._of_file()
        if file is None:
            return
        gone, new = file.faults(endpoint, ""), file.faults(endpoint, model)
        if gone == new:
            return
        for connection in self._connections():
            if connection.number == endpoint.connection:
                connection.recast(gone, new)

    def rehearsed(self, cast: "Cast", role: "Role", journal: "Journal", clock: "Clock") -> "Cast":
        """The cast of a session, with what goes wrong there that is more than a line can do."""
        known = self._known(role.endpoint, role.model)
        rehearsal: Responder | None = None

        def faults() -> "tuple[Fault, ...]":
            return (*self._of_test, *known)

        def respond(turn: "UserTurn", conversation: "Conversation") -> "Reply":
            nonlocal rehearsal
            if rehearsal is None:
                if not (known or self._of_test) or not any(fault.form.replies for fault in faults()):
                    return cast.responder(turn, conversation)
                from gemlive_emulator.server.faults import rehearsing

                rehearsal = rehearsing.rehearsal(
                    cast.responder, faults, role, rehearsing.teller(role.session, journal, clock)
                )
            return rehearsal(turn, conversation)

        made = replace(cast, responder=respond)
        if any(fault.form.sets for fault in faults()):
            from gemlive_emulator.server.faults import rehearsing

            made = rehearsing.changed(made, faults(), role, rehearsing.teller(role.session, journal, clock))
        return made

    def _known(self, endpoint: Endpoint, model: str) -> "tuple[Fault, ...]":
        """Those of the scenario and of the URL, which are the same for as long as a connection lasts."""
        file = self._of_file()
        of_file = () if file is None else file.faults(endpoint, model)
        if "fault" not in endpoint.query:
            return of_file
        from gemlive_emulator.scenario.faults.asked import faults_of_url

        return (*of_file, *faults_of_url(endpoint.query))

    def _spare(self, gone: "tuple[Fault, ...]") -> None:
        for connection in tuple(self._connections()):
            connection.recast(gone, ())

    def _strike(self, fault: "Fault") -> None:
        for connection in tuple(self._connections()):
            if fault.form.is_for(connection.number):
                connection.misbehave(fault)
