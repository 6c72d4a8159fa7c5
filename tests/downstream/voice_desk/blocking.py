"""The desk for programs without an event loop."""

from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import ExitStack
from typing import Any, Self

from anyio.from_thread import start_blocking_portal

from voice_desk.desk import VoiceDesk


class BlockingDesk:
    """A :class:`VoiceDesk` on a thread of its own: ``with BlockingDesk() as desk: desk.ask("Hello")``."""

    def __init__(self, *functions: Callable[..., Any], **more: Any) -> None:
        self._desk = VoiceDesk(*functions, **more)
        self.transcript, self.speaker = self._desk.transcript, self._desk.speaker

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            self._portal = stack.enter_context(start_blocking_portal())
            stack.enter_context(self._portal.wrap_async_context_manager(self._desk))
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *error: Any) -> None:
        self._stack.__exit__(*error)

    def ask(self, text: str) -> str:
        """Type this; gives the answer when it has been said."""
        return self._portal.call(self._desk.ask, text)

    def listen(self, microphone: Iterable[bytes]) -> str:
        """Stream a microphone until it ends; gives the answer when it has been said."""

        async def pieces() -> AsyncIterator[bytes]:
            for piece in microphone:
                yield piece

        self._portal.call(self._desk.listen, pieces())
        return self._portal.call(self._desk.answer)
