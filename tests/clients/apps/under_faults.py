"""One live session after the other, each over a line with another fault; prints what each was like, as JSON."""

import asyncio
import json
import os
import sys

from google import genai
from google.genai import types

MODEL = "gemini-2.0-flash-live-001"
PATIENCE = 2.0
"""Seconds that this application waits for the next message."""


async def say_hello(client: genai.Client, heard: list[str]) -> None:
    """Ask once, and take down what is answered."""
    config = types.LiveConnectConfig(response_modalities=[types.Modality.TEXT])
    async with client.aio.live.connect(model=MODEL, config=config) as session:
        await session.send_client_content(turns=types.Content(role="user", parts=[types.Part(text="Hello")]))
        messages = session.receive()
        while True:
            try:
                message = await asyncio.wait_for(anext(messages), PATIENCE)
            except StopAsyncIteration:
                return
            content = message.server_content
            if content is not None and content.turn_complete:
                heard.append("<end>")
            elif message.text:
                heard.append(message.text)


async def main(times: int) -> None:
    """Connect so often."""
    options = types.HttpOptions(base_url=os.environ["CHAT_BASE_URL"])
    client = genai.Client(api_key="any", http_options=options)
    for _ in range(times):
        heard: list[str] = []
        outcome: dict[str, object] = {"heard": heard, "raised": None}
        try:
            await say_hello(client, heard)
        except Exception as error:
            outcome["raised"] = type(error).__name__
            outcome["code"] = getattr(error, "code", None)
            outcome["words"] = str(error)
        print(json.dumps(outcome))


asyncio.run(main(int(sys.argv[1])))
