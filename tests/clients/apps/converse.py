"""Holds conversations with google-genai, all of a plan at once, and answers functions from a table.

python converse.py PLAN

The plan has a list of sessions for each conversation, held one after the other; beside what ``speak.py`` knows, a
session has the ``url`` of its emulator and ``functions``: for each name the answers to its calls in order, with the
fields of a ``FunctionResponse``, and no answer behind the last. Prints lines as ``speak.py`` does.
"""

import asyncio
import json
import sys
from contextlib import AsyncExitStack
from pathlib import Path

from google import genai
from google.genai import types
from speak import Talker
from websockets.exceptions import InvalidStatus


class Caller(Talker):
    """Holds one session."""

    def __init__(self, name, talk):
        super().__init__(name, talk)
        self.calls = {}

    async def connect(self, room):
        """Open the session, until the room is left."""
        client = genai.Client(api_key="any", vertexai=False, http_options={"base_url": self.talk["url"]})
        opening = client.aio.live.connect(model=self.talk["model"], config=self.talk["config"])
        self.session = await room.enter_async_context(opening)

    async def took(self, message):
        """Tell a message, and answer the calls in it."""
        await super().took(message)
        for call in (message.tool_call.function_calls or []) if message.tool_call else []:
            self.calls[call.name] = call
            answers = self.talk["functions"].get(call.name)
            if answers:
                await self.answer(call.name, answers.pop(0))

    async def answer(self, name, fields):
        """Answer the latest call of a function."""
        response = types.FunctionResponse(id=self.calls[name].id, name=name, **fields)
        await self.session.send_tool_response(function_responses=[response])

    async def ask(self, text):
        """Type a turn, and wait for the end of the answer."""
        ended = self.counts.get("turn_complete", 0)
        await self.say(text)
        await self.hear("turn_complete", ended + 1)


async def converse(name, talks):
    """Hold the sessions of one conversation; one that cannot be opened is told of."""
    for number, talk in enumerate(talks, 1):
        async with AsyncExitStack() as room:
            caller = Caller(f"{name} {number}", talk)
            try:
                await caller.connect(room)
            except InvalidStatus as refusal:  # the SDK lets it through as it is
                caller.tell("refused", {"code": refusal.response.status_code, "words": str(refusal)})
            else:
                await caller.hold()


async def main():
    """Hold all conversations side by side."""
    plan = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    await asyncio.gather(*(converse(name, talks) for name, talks in plan.items()))


if __name__ == "__main__":
    asyncio.run(main())
