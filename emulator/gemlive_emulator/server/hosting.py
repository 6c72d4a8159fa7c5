"""An emulator on a thread and an event loop of its own, for tests and scripts of any style."""

import asyncio
import warnings
from collections.abc import Coroutine, Generator
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any, Generic, Self, TypeVar, Unpack, cast

from gemlive_emulator.server.loop_thread import LoopThread
from gemlive_emulator.wire.errors import EmulatorError

if TYPE_CHECKING:
    from types import TracebackType

    from gemlive_emulator.scenario.faults.watch import Fault
    from gemlive_emulator.scenario.fluent import Answer, Rules, Script
    from gemlive_emulator.scenario.vocabulary import Callers, Conditions
    from gemlive_emulator.server.advancing import Advanced
    from gemlive_emulator.server.emulator import Emulator
    from gemlive_emulator.server.entries import Kind
    from gemlive_emulator.server.failures import Failure
    from gemlive_emulator.server.faults.book import Faults
    from gemlive_emulator.server.journal import Journal
    from gemlive_emulator.server.live import LiveSessions
    from gemlive_emulator.server.settings import Settings
    from gemlive_emulator.server.tls import Certificates
    from gemlive_emulator.server.views.session_view import SessionView
    from gemlive_emulator.server.views.sound import Sound
    from gemlive_emulator.server.views.waiting import Found

T = TypeVar("T")


class Pending(Generic[T]):
    """What a call gives in a thread whose event loop runs, in place of its result: await it."""

    def __init__(self, future: "Future[T]", call: str) -> None:
        self._future = future
        self._call = call
        self._noticed = False

    def __await__(self) -> Generator[Any, None, T]:
        self._noticed = True
        return asyncio.wrap_future(self._future).__await__()

    def __del__(self) -> None:
        # Without a word a test that forgot to await would pass, whatever happens.
        if not self._noticed:
            warnings.warn(f"{self._call} was never awaited", RuntimeWarning, stacklevel=2)

    def __getattr__(self, name: str) -> Any:
        self._noticed = True
        raise EmulatorError(f"{self._call} has to be awaited here, since an event loop runs: await {self._call}")


class Hosted:
    """Runs an emulator on a thread of its own. Everything here may be called from any thread.

    ``with Emulator(Settings(port=0)) as emulator:`` gives one. Where an event loop runs, :meth:`wait_for` and
    :meth:`advance` give something to await, so that the loop goes on meanwhile; elsewhere they block.

    Args:
        emulator: that is not running yet.

    Attributes:
        emulator: that runs.
        checked: how many of its failures :meth:`check` has raised.
    """

    def __init__(self, emulator: "Emulator") -> None:
        self.emulator = emulator
        self.checked = 0
        self._running: LoopThread | None = None

    def start(self) -> None:
        """Listen; returns when clients may connect.

        Raises:
            EmulatorError: as :meth:`Emulator.start`.
            RuntimeError: it runs already.
        """
        if self._running is not None:
            raise RuntimeError("this emulator is running; stop it first, or make another one")
        running = LoopThread(self.emulator.start, self.emulator.stop)
        running.start()
        self._running = running

    def stop(self) -> None:
        """Close every session and let go of everything. May be called twice; started again, it has the same port.

        Raises:
            EmulatorError: by what the emulator runs, such as a responder.
        """
        if self._running is not None:
            self._running.stop()
            self._running = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: "TracebackType | None"
    ) -> None:
        self.stop()
        self.emulator.conclude(error)

    def when(self, **conditions: "Unpack[Conditions]") -> "Answer":
        """A rule; see :meth:`Emulator.when`."""
        return self.emulator.when(**conditions)

    def otherwise(self) -> "Answer":
        """What answers where no rule fits; see :meth:`Emulator.otherwise`."""
        return self.emulator.otherwise()

    def script(self, **callers: "Unpack[Callers]") -> "Script":
        """A script; see :meth:`Emulator.script`."""
        return self.emulator.script(**callers)

    def fault(self, name: str, *value: Any, **keys: Any) -> "Fault":
        """Let something go wrong on the line; see :meth:`Emulator.fault`."""
        return self.emulator.fault(name, *value, **keys)

    def use_scenario(self, text: str, name: str = "<text>") -> None:
        """Answer sessions that begin later as this scenario says; see :meth:`Emulator.use_scenario`."""
        self.emulator.use_scenario(text, name)

    def user_says(self, text: str) -> None:
        """Fix the words of an utterance that is still to come; see :meth:`Emulator.user_says`."""
        self.emulator.user_says(text)

    def speech(self, words: str, *, rate: int = 16_000) -> "Sound":
        """What the microphone of a user has who says this: speech, and the silence that ends the turn.

        It is heard as these words, whatever the voice makes of them, so stream each once, in the order in which they
        were asked for: ``for piece in gemlive.speech("Good morning").pieces(): ...``.

        Args:
            words: that are said, without a pause that would end the turn; a sentence, best.
            rate: Hz.

        Raises:
            ValueError: there are no words in the text.
        """
        from gemlive_emulator.server.uttered import uttered

        self.user_says(words)
        return uttered(self.emulator.voices, words, rate)

    def advance(self, seconds: float = 0.0, *, minutes: float = 0.0, hours: float = 0.0) -> "Advanced":
        """Move time on, on a manual clock; see :meth:`Emulator.advance`. To be awaited where an event loop runs."""
        return self._result(self.emulator.advance(seconds, minutes=minutes, hours=hours), "advance(...)")

    def wait_for(
        self, kind: "Kind", *, timeout: float = 5.0, session: "SessionView | str | None" = None, **fields: Any
    ) -> "Found":
        """Wait until something happens; see :meth:`Emulator.wait_for`. To be awaited where an event loop runs.

        Raises:
            NotHappened: it has not within ``timeout`` seconds, and what came instead.
        """
        waiting = self.emulator.wait_for(kind, timeout=timeout, session=session, **fields)
        return self._result(waiting, f"wait_for({kind!r})")

    def check(self) -> None:
        """Raise what has failed since it was last checked; see :meth:`Emulator.check`."""
        self.checked = len(self.failures)
        self.emulator.check()

    def reset(self) -> None:
        """Forget what a test has set or left; see :meth:`Emulator.reset`."""
        self.checked = 0
        if self._running is None or self._running.is_here:
            self.emulator.reset()
            return

        async def done() -> None:
            self.emulator.reset()

        self._submit(done()).result()

    @property
    def url(self) -> str:
        """``http://HOST:PORT``: the one address for ws, wss, http and https."""
        return self.emulator.url

    @property
    def port(self) -> int:
        """The port it listens at."""
        return self.emulator.port

    @property
    def settings(self) -> "Settings":
        """How it behaves."""
        return self.emulator.settings

    @property
    def certificates(self) -> "Certificates":
        """The certificate authority and the certificate."""
        return self.emulator.certificates

    @property
    def sessions(self) -> "tuple[SessionView, ...]":
        """Those that are kept, the oldest first, open or not."""
        return self.emulator.sessions

    @property
    def session(self) -> "SessionView":
        """The only one.

        Raises:
            EmulatorError: there is none, or there are several; it says which.
        """
        return self.emulator.session

    @property
    def connected(self) -> int:
        """How many live connections are open."""
        return self.emulator.connected

    @property
    def live(self) -> "LiveSessions":
        """The open sessions, to be acted on: ``live().interrupt()``."""
        return self.emulator.live

    @property
    def rules(self) -> "Rules":
        """What :meth:`when`, :meth:`otherwise` and :meth:`script` were told."""
        return self.emulator.rules

    @property
    def faults(self) -> "Faults":
        """What goes wrong on the line, and whether it has."""
        return self.emulator.faults

    @property
    def failures(self) -> "tuple[Failure, ...]":
        """What went wrong in its sessions, on our side."""
        return self.emulator.failures

    @property
    def journal(self) -> "Journal":
        """What happened in its sessions."""
        return self.emulator.journal

    def _result(self, work: Coroutine[Any, Any, T], call: str) -> T:
        """What the work gives; something to await for it, if waiting would stop an event loop."""
        future = self._submit(work)
        try:
            asyncio.get_running_loop()
        except RuntimeError:
            return _patiently(future)
        return cast(T, Pending(future, call))

    def _submit(self, work: Coroutine[Any, Any, T]) -> "Future[T]":
        if self._running is None:
            work.close()
            raise EmulatorError("this emulator does not run; use it within `with`, or start it first")
        return self._running.submit(work)


def _patiently(future: "Future[T]") -> T:
    """The result; who is tired of waiting (Ctrl-C) takes the work back."""
    try:
        return future.result()
    except BaseException:
        future.cancel()
        raise
