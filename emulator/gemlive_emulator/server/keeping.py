"""What one session has kept for it in the store, and what its client is not told before that is done."""

from asyncio import Future
from collections.abc import Callable, Sequence
from typing import Any
from uuid import uuid4

from gemlive_emulator.server.gate import Gate
from gemlive_emulator.server.surroundings import AnySession, Outlet, Surroundings
from gemlive_emulator.session.commands import Forget, Recall, Remember, TurnComplete
from gemlive_emulator.session.events import Recalled
from gemlive_emulator.session.lifetime import Lifetime
from gemlive_emulator.store.base import Scribe
from gemlive_emulator.store.counters import Soon
from gemlive_emulator.store.record import Kept


class Keeping:
    """Stands between a driver and the store.

    Args:
        session: that is kept.
        outlet: where its messages go.
        around: store and clock.
        recalled: called with what was found, if it was not at hand.
        failed: called with what failed and why, when the store is out of reach.

    Attributes:
        outlet: where messages have to go from now on: the same one as long as the store answers at once, else a gate
            before it.
    """

    __slots__ = (
        "_around",
        "_failed",
        "_gate",
        "_gone",
        "_name",
        "_present",
        "_recalled",
        "_resumes",
        "_scribe",
        "_session",
        "outlet",
    )

    def __init__(
        self,
        session: AnySession,
        outlet: Outlet,
        around: Surroundings,
        recalled: Callable[[Recalled], None],
        failed: Callable[[str, Exception], None],
    ) -> None:
        self.outlet = outlet
        self._session = session
        self._around = around
        self._recalled: Callable[[Recalled], None] | None = recalled
        self._failed: Callable[[str, Exception], None] | None = failed
        self._name = uuid4().hex
        self._present = False
        self._resumes = False
        self._scribe: Scribe | None = None
        self._gate: Gate | None = None
        self._gone = False

    def take(self, request: Recall | Remember | Forget) -> Recalled | None:
        """Do what the session asks for; gives what is to be answered at once."""
        now = self._around.store_now()
        if isinstance(request, Recall):
            return self._recall(request.handle, now)
        if isinstance(request, Remember):
            self._let_wait(self._writes().remember(request.handle, request.snapshot, now))
        else:
            self._let_wait(self._writes().forget(request.handle))
        return None

    def follow(self, commands: Sequence[Any] = ()) -> Outlet:
        """Store what was said, if a handle stands for all that is said, and count the tokens of turns that are over,
        if they count, before the client hears what comes of it."""
        if self._resumes and self._session.state is Lifetime.OPEN:
            # Not earlier: an attempt that is refused because the session was just lost does not count as its end.
            self._resumes = False
            self._begin()
        scribe = self._scribe
        if scribe is not None and scribe.behind:
            self._let_wait(scribe.follow(self._around.store_now()))
        meters = self._around.reception.meters
        if meters and (meter := meters.get(self._session.name)) is not None:
            for command in commands:
                if isinstance(command, TurnComplete):
                    self._let_wait(meter(command.usage))
        return self.outlet

    def reroute(self, outlet: Outlet) -> Outlet:
        """Let messages go there in the end; gives where they have to go first."""
        if self._gate is None:
            self.outlet = outlet
        else:
            self._gate.outlet = outlet
        return self.outlet

    def end(self, dropped: bool = False) -> None:
        """The connection is over for the session; only how it ended first counts."""
        if self._present:
            self._present = False
            self._around.presence.end(self._name, self._around.clock.now(), dropped)

    def leave(self, dropped: bool) -> None:
        """The client is gone: it is told nothing more, and whoever listened here is not held any longer."""
        self.end(dropped)
        self._gone = True
        self._recalled = self._failed = None
        if self._gate is not None:
            self._gate.drop()
            self.outlet, self._gate = self._gate.outlet, None

    def _recall(self, handle: str, now: float) -> Recalled | None:
        found = self._around.store.find(handle, now)
        if not isinstance(found, Future):
            return self._answer(found)
        self._around.clock.hold()
        found.add_done_callback(self._found)
        return None

    def _found(self, found: "Future[Kept | None]") -> None:
        self._around.clock.release()
        error = found.exception()
        if (recalled := self._recalled) is None:
            return
        if isinstance(error, Exception):
            self._lose(error)
        else:
            recalled(self._answer(found.result()))

    def _lose(self, error: Exception) -> None:
        assert self._failed is not None, "once the client is gone nothing is told"
        self._failed("the store failed", error)

    def _writes(self) -> Scribe:
        if self._scribe is None:
            admission = self._session.admission
            assert admission is not None, "there is nothing to remember before the setup"
            lasts = admission.behaviour.resumption.handle_seconds
            self._scribe = self._around.store.scribe(admission.model, admission.owner, self._name, lasts)
            self._begin()
        return self._scribe

    def _let_wait(self, stored: Soon[Any]) -> None:
        if not isinstance(stored, Future):
            return
        if self._gate is None:
            self.outlet = self._gate = Gate(self.outlet, self._around.clock, self._lose)
            if self._gone:
                self._gate.drop()
        self._gate.wait_for(stored)

    def _answer(self, kept: Kept | None) -> Recalled:
        if kept is None:
            return Recalled(None)
        standing = self._around.presence.of(kept.session, self._around.clock.now())
        admission = self._session.admission
        owned = not kept.key or (admission is not None and kept.key == admission.owner)
        if kept.session:
            self._name = kept.session
            self._resumes = True
        return Recalled(kept.snapshot, kept.model, owned, standing.held, standing.ago, standing.dropped)

    def _begin(self) -> None:
        if not self._present and not self._gone:
            self._present = True
            self._around.presence.begin(self._name)
