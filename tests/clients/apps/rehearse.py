"""Holds conversations in which something goes wrong, as ``converse.py`` does, and tells how each session ended.

python rehearse.py PLAN

Beside what ``converse.py`` knows, a session has a ``key``, perhaps ``resumes`` (with the last handle of its conversation),
``pings`` (every so many seconds, answered as soon) and ``patience`` (seconds for ``setupComplete``). Handles and calls are kept from one session of a conversation to the next.
"""

import asyncio
import json
import sys
from contextlib import AsyncExitStack, suppress
from pathlib import Path

from converse import Caller
from google import genai
from google.genai import errors
from websockets.exceptions import ConnectionClosed, InvalidStatus

PATIENCE = 60.0
"""Seconds that this application waits for ``setupComplete``, unless its plan says otherwise."""
A_WHILE = 0.4
"""Seconds in which nothing comes."""


class Rehearser(Caller):
    """Holds one session of a conversation."""

    def __init__(self, name, talk, kept):
        super().__init__(name, talk)
        self.calls = kept["calls"]
        self.kept = kept

    async def connect(self, room):
        """Open the session, until the room is left."""
        options = {"base_url": self.talk["url"]}
        if "pings" in self.talk:
            options["async_client_args"] = dict.fromkeys(("ping_interval", "ping_timeout"), self.talk["pings"])
        config = dict(self.talk["config"])
        if self.talk.get("resumes"):
            config["session_resumption"] = {"handle": self.kept["handle"]}
        client = genai.Client(api_key=self.talk["key"], vertexai=False, http_options=options)
        opening = client.aio.live.connect(model=self.talk["model"], config=config)
        self.session = await asyncio.wait_for(room.enter_async_context(opening), self.talk.get("patience", PATIENCE))
        self.tell("sent", ["opened"])

    async def took(self, message):
        """Tell a message, and keep the handle in it."""
        update = message.session_resumption_update
        if update is not None and update.new_handle:
            self.kept["handle"] = update.new_handle
        await super().took(message)

    async def do(self):
        """Take the steps; where nothing can be sent any more, wait for the other task: the SDK tells that one why."""
        try:
            await super().do()
        except ConnectionClosed:
            await asyncio.Event().wait()

    async def answer(self, name, fields):
        """Answer the latest call of a function, if that can still be sent."""
        with suppress(ConnectionClosed):
            await super().answer(name, fields)

    async def quiet(self):
        """Nothing comes for a while."""
        self.came.clear()
        try:
            await asyncio.wait_for(self.came.wait(), A_WHILE)
        except TimeoutError:
            self.tell("sent", ["nothing"])


async def rehearse(name, talks):
    """Hold the sessions of one conversation, however each ends."""
    kept = {"calls": {}, "handle": None}
    for number, talk in enumerate(talks, 1):
        rehearser = Rehearser(f"{name} {number}", talk, kept)
        try:
            async with AsyncExitStack() as room:
                await rehearser.connect(room)
                await rehearser.hold()
        except InvalidStatus as refusal:  # the SDK lets it through as it is
            rehearser.tell("refused", {"code": refusal.response.status_code, "words": str(refusal)})
        except errors.APIError as refusal:
            rehearser.tell("refused", {"code": refusal.code, "words": refusal.details})
        except TimeoutError:
            rehearser.tell("refused", {"code": 0, "words": "no setupComplete"})


async def main():
    """Hold all conversations side by side."""
    plan = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    await asyncio.gather(*(rehearse(name, talks) for name, talks in plan.items()))


if __name__ == "__main__":
    asyncio.run(main())
