"""Speaks to live sessions of google-genai, all of those in a plan at once, and prints what happened when.

python speak.py PLAN

``speaking.py`` beside the tests says what a plan is. A line of JSON for each thing that happened: ``{"talk": NAME,
"at": SECONDS, "sent": [...]}``, ``"message"`` or ``"refused"``. A time is taken just before something is sent and right
after something came.
"""

import asyncio
import json
import sys
import time
from contextlib import AsyncExitStack
from pathlib import Path

from google import genai
from google.genai import errors, types


class Talker:
    """Holds one session."""

    def __init__(self, name, talk):
        self.name = name
        self.talk = talk
        self.counts = {}
        self.came = asyncio.Event()
        self.session = None
        self.pieces = 0
        self.called = []

    def tell(self, kind, value):
        """Print one line; bytes as their length."""
        line = {"talk": self.name, "at": time.monotonic(), kind: value}
        print(json.dumps(line, default=lambda held: {"bytes": len(held)}))

    async def connect(self, room):
        """Open the session, until the room is left."""
        client = genai.Client(vertexai=self.talk["vertex"])
        opening = client.aio.live.connect(model=self.talk["model"], config=self.talk["config"])
        self.session = await room.enter_async_context(opening)

    async def hold(self):
        """Do the steps one after another while messages are taken."""
        try:
            both = {asyncio.create_task(self.take()), asyncio.create_task(self.do())}
            done, pending = await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
            for task in pending:
                task.cancel()
            for task in done:
                task.result()
        except errors.APIError as refusal:
            self.tell("refused", {"code": refusal.code, "words": refusal.details})

    async def take(self):
        """Take each message that comes."""
        while True:
            async for message in self.session.receive():
                await self.took(message)

    async def took(self, message):
        """Tell a message, and count what is in it."""
        told = message.model_dump(exclude_none=True)
        self.tell("message", told)
        for name in [*told, *told.get("server_content", {})]:
            self.counts[name] = self.counts.get(name, 0) + 1
        self.called += (message.tool_call.function_calls or []) if message.tool_call else []
        self.came.set()

    async def do(self):
        """Take the steps."""
        for step, *given in self.talk["steps"]:
            await getattr(self, step)(*given)

    async def hear(self, what, times):
        """Wait until so many messages had this field."""
        while self.counts.get(what, 0) < times:
            self.came.clear()
            await self.came.wait()

    async def say(self, text):
        """Type a turn."""
        self.tell("sent", ["text"])
        await self.session.send_client_content(turns={"role": "user", "parts": [{"text": text}]})

    async def wait(self, seconds):
        """Do nothing."""
        await asyncio.sleep(seconds)

    async def stream(self, field, file, mime_type, size, seconds):
        """Send a file in pieces, one each so many seconds, or as fast as possible."""
        sound = Path(file).read_bytes()
        start = time.monotonic()
        for at in range(0, len(sound), size):
            if seconds:
                await asyncio.sleep(start + at // size * seconds - time.monotonic())
            blob = types.Blob(data=sound[at : at + size], mime_type=mime_type)
            self.tell("sent", [field, self.pieces])
            self.pieces += 1
            await self.session.send_realtime_input(**{field: blob})

    async def respond(self, *answers):
        """Answer calls in one message: for each its number in the session, and the fields of the answer."""
        self.tell("sent", ["response"])
        made = [(self.called[number], fields) for number, fields in answers]
        responses = [types.FunctionResponse(id=call.id, name=call.name, **fields) for call, fields in made]
        await self.session.send_tool_response(function_responses=responses)

    async def signal(self, name):
        """Send one of the marks."""
        mark = True if name == "audio_stream_end" else {}
        self.tell("sent", [name])
        await self.session.send_realtime_input(**{name: mark})


async def main():
    """Hold all talks side by side, once every session is open: opening takes a while in which nobody could speak."""
    plan = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    talkers = [Talker(name, talk) for name, talk in plan.items()]
    async with AsyncExitStack() as room:
        for talker in talkers:
            await talker.connect(room)
        await asyncio.gather(*(talker.hold() for talker in talkers))


if __name__ == "__main__":
    asyncio.run(main())
