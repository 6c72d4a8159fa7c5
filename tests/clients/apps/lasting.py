"""A conversation on google-genai that outlasts its connections: asks each line of standard input, and at goAway hangs
up; the next question is asked on a new connection, with the handle.

    python lasting.py MODEL MODALITY [--stay]

Prints each message as a line of JSON. With --stay it does not listen to goAway, and is cut off in the end.
"""

import asyncio
import json
import sys
from threading import Thread

from google import genai
from google.genai import errors


def show(name: str, value: object) -> None:
    """Print one line; bytes as their length."""
    print(json.dumps({name: value}, default=lambda held: {"bytes": len(held)}), flush=True)


class Conversation:
    """What goes on from one connection to the next: the questions that are still to be asked, and the handle."""

    def __init__(self, moves: bool) -> None:
        self.moves = moves
        self.questions: asyncio.Queue[str] = asyncio.Queue()
        self.handle: str | None = None

    def read(self, loop: asyncio.AbstractEventLoop) -> None:
        """Queue the lines of standard input, in a thread; an empty one is its end."""
        for line in iter(sys.stdin.readline, ""):
            loop.call_soon_threadsafe(self.questions.put_nowait, line.strip())
        loop.call_soon_threadsafe(self.questions.put_nowait, "")

    async def ask(self, session: genai.live.AsyncSession, question: str) -> None:
        """Ask this question, and all that come."""
        while question:
            await session.send_client_content(turns={"role": "user", "parts": [{"text": question}]})
            question = await self.questions.get()

    async def listen(self, session: genai.live.AsyncSession) -> None:
        """Listen until the server says that it is time to move."""
        while True:
            async for message in session.receive():
                update = message.session_resumption_update
                if update and update.new_handle:
                    self.handle = update.new_handle
                show("message", message.model_dump(exclude_none=True))
                if message.go_away and self.moves:
                    return


async def main() -> None:
    """Hold the conversation."""
    model, modality, *options = sys.argv[1:]
    conversation = Conversation(moves=not options)
    # A daemon: whatever goes wrong, the program ends.
    Thread(target=conversation.read, args=(asyncio.get_running_loop(),), daemon=True).start()
    over = False
    while not over and (question := await conversation.questions.get()):
        config = {
            "response_modalities": [modality],
            "session_resumption": {"handle": conversation.handle},
            # Without it a session of sound lasts for a quarter of an hour, over all its connections.
            "context_window_compression": {"sliding_window": {}},
        }
        if modality == "AUDIO":
            config["output_audio_transcription"] = {}
        async with genai.Client().aio.live.connect(model=model, config=config) as session:
            show("connected", conversation.handle)
            asking = asyncio.create_task(conversation.ask(session, question))
            listening = asyncio.create_task(conversation.listen(session))
            done, pending = await asyncio.wait({asking, listening}, return_when=asyncio.FIRST_COMPLETED)
            for task in pending:
                task.cancel()
            over = asking in done
            try:
                for task in done:
                    await task
            except errors.APIError as refusal:
                show("refused", {"code": refusal.code, "words": refusal.details})
                over = True
        show("left", True)


if __name__ == "__main__":
    asyncio.run(main())
