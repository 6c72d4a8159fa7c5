"""A conversation on google-genai that outlasts its connections: asks each line of standard input, and at goAway moves on.

    python lasting.py MODEL MODALITY [--stay]

Prints each message as a line of JSON. With --stay it does not listen to goAway, and is cut off in the end.
"""

import asyncio
import json
import sys

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

    async def read(self) -> None:
        """Queue the lines of standard input; an empty one is its end."""
        while line := await asyncio.to_thread(sys.stdin.readline):
            self.questions.put_nowait(line.strip())
        self.questions.put_nowait("")

    async def ask(self, session: genai.live.AsyncSession) -> None:
        """Ask all that there is."""
        while question := await self.questions.get():
            await session.send_client_content(turns={"role": "user", "parts": [{"text": question}]})

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
    reading = asyncio.create_task(conversation.read())
    over = False
    while not over:
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
            asking = asyncio.create_task(conversation.ask(session))
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
    reading.cancel()


if __name__ == "__main__":
    asyncio.run(main())
