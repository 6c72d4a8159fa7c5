"""Ephemeral tokens and several sessions at once on google-genai 3.x; each outcome is a line of JSON.

    python tokens.py make CONFIG          make a token; CONFIG is JSON, `ahead` in it is seconds until `expire_time`
    python tokens.py open MODEL NUMBER    open so many sessions, one after the other, and keep them
    python tokens.py resume MODEL         a turn, then resume with the handle, then begin anew
    python tokens.py wait MODEL [HANDLE]  open or resume a session and wait until the server ends it
    python tokens.py expire MODEL AHEAD   make a token that lasts so many seconds, and do the same with it

Where the server is, and with which key or token to go there, is the environment's business.
"""

import asyncio
import contextlib
import datetime
import json
import sys

from google import genai
from google.genai import errors


def show(name, value):
    """Print one line."""
    print(json.dumps({name: value}), flush=True)


def show_refusal(refusal):
    """Print what the SDK makes of a close."""
    show("refused", {"type": type(refusal).__name__, "code": refusal.code, "words": refusal.details})


def text_of(handle=None):
    """A text session that can be resumed, or one that is."""
    return {"response_modalities": ["TEXT"], "session_resumption": {"handle": handle}}


async def token(client, told):
    """A token's name."""
    if "ahead" in told:
        ahead = datetime.timedelta(seconds=told.pop("ahead"))
        told["expire_time"] = datetime.datetime.now(datetime.UTC) + ahead
    return (await client.aio.auth_tokens.create(config=told)).name


async def make(client, config):
    """Make a token."""
    try:
        show("made", await token(client, json.loads(config)))
    except errors.APIError as refusal:
        show("refused", {"type": type(refusal).__name__, "code": refusal.code, "words": refusal.message})


async def open_several(client, model, number):
    """Open sessions until one is refused."""
    async with contextlib.AsyncExitStack() as stack:
        for count in range(int(number)):
            try:
                await stack.enter_async_context(client.aio.live.connect(model=model, config=text_of()))
                show("opened", count + 1)
            except errors.APIError as refusal:
                show_refusal(refusal)


async def hold(client, model, question, handle=None):
    """One question; gives the handle that comes behind its answer."""
    async with client.aio.live.connect(model=model, config=text_of(handle)) as session:
        await session.send_client_content(turns={"role": "user", "parts": [{"text": question}]})
        said = ""
        async for message in session.receive():
            said += message.text or ""
        show("said", said)
        async for message in session.receive():
            update = message.session_resumption_update
            if update and update.new_handle:
                return update.new_handle


async def resume(client, model):
    """A turn, its session resumed, and a session that begins anew."""
    handle = await hold(client, model, "Is Ada at home?")
    await hold(client, model, "What was the last question I asked?", handle)
    try:
        await hold(client, model, "Hello?")
    except errors.APIError as refusal:
        show_refusal(refusal)


async def wait(client, model, handle=None):
    """Wait for the end, of a session that is resumed if there is a handle."""
    try:
        async with client.aio.live.connect(model=model, config=text_of(handle)) as session:
            show("opened", 1)
            async for message in session.receive():
                show("message", message.model_dump(exclude_none=True))
    except errors.APIError as refusal:
        show_refusal(refusal)


async def expire(client, model, ahead):
    """Wait for the end of a token."""
    await wait(genai.Client(api_key=await token(client, {"ahead": float(ahead)})), model)


if __name__ == "__main__":
    commands = {"make": make, "open": open_several, "resume": resume, "wait": wait, "expire": expire}
    asyncio.run(commands[sys.argv[1]](genai.Client(), *sys.argv[2:]))
