"""An event loop on a thread of its own, from the start of something to its stop."""

import asyncio
import os
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from typing import Any, TypeVar

from gemlive_emulator.wire.errors import EmulatorError

T = TypeVar("T")

Step = Callable[[], Coroutine[Any, Any, None]]


class LoopThread:
    """Runs an event loop between ``begin`` and ``end``, which are awaited on it. Safe from any thread.

    Args:
        begin: what comes first; what it raises is raised by :meth:`start`.
        end: what comes last.
    """

    def __init__(self, begin: Step, end: Step) -> None:
        self._begin, self._end = begin, end
        self._process = os.getpid()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._started: Future[None] = Future()
        self._over: Future[None] = Future()
        self._failed: BaseException | None = None
        self._work: set[asyncio.Task[Any]] = set()
        self._thread = threading.Thread(target=self._run, name="gemlive-emulator", daemon=True)

    def start(self) -> None:
        """Begin; returns when that is done. Who is tired of waiting (Ctrl-C) has it stopped again."""
        self._thread.start()
        try:
            self._started.result()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Bring it to its end, and wait for that. May be called again, and by several at once.

        Raises:
            EmulatorError: by what runs on this loop, which would wait for itself.
        """
        if os.getpid() != self._process:
            return  # the thread is the parent's, and so is what it serves
        if self.is_here:
            raise EmulatorError(
                "the emulator cannot be stopped by what it runs, such as a responder; let the test do it"
            )
        if not self._over.done():
            self._over.set_result(None)
        self._thread.join()
        failed, self._failed = self._failed, None
        if failed is not None:
            raise failed

    def submit(self, work: Coroutine[Any, Any, T]) -> "Future[T]":
        """Let this run on the loop; what has not ended at the stop raises an :class:`EmulatorError`.

        Raises:
            EmulatorError: this process is a fork of that in which the loop runs.
        """
        if os.getpid() != self._process:
            work.close()
            raise EmulatorError("this process was forked from that in which the emulator runs; ask for it there")
        assert self._loop is not None, "it was started"
        return asyncio.run_coroutine_threadsafe(self._to_the_end(work), self._loop)

    @property
    def is_here(self) -> bool:
        """Whether who asks runs on this loop."""
        return threading.current_thread() is self._thread

    async def _to_the_end(self, work: Coroutine[Any, Any, T]) -> T:
        task = asyncio.current_task()
        assert task is not None
        self._work.add(task)
        try:
            return await work
        except asyncio.CancelledError:
            if self._over.done():
                raise EmulatorError("the emulator was stopped meanwhile") from None
            raise
        finally:
            self._work.discard(task)

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except BaseException as error:
            if self._started.done():
                self._failed = error
            else:
                self._started.set_exception(error)

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        await self._begin()
        self._started.set_result(None)
        await asyncio.wrap_future(self._over)
        await self._end()
        for task in tuple(self._work):
            task.cancel()
        await asyncio.gather(*self._work, return_exceptions=True)
