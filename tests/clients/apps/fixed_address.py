"""A program on ``websockets`` that has Google's address in its code, as most do that use no SDK."""

import asyncio
import json
import sys

from websockets.asyncio.client import connect

URL = (
    "wss://generativelanguage.googleapis.com/ws/"
    "google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent?key=any"
)


async def main() -> None:
    """Ask one question and print the answer."""
    async with connect(URL) as socket:
        setup = {"model": "models/gemini-2.0-flash-live-001", "generationConfig": {"responseModalities": ["TEXT"]}}
        await socket.send(json.dumps({"setup": setup}))
        print(await socket.recv(decode=True))
        turn = {"role": "user", "parts": [{"text": "Please repeat cerulean 4711."}]}
        await socket.send(json.dumps({"clientContent": {"turns": [turn], "turnComplete": True}}))
        async for frame in socket:
            content = json.loads(frame).get("serverContent", {})
            for part in content.get("modelTurn", {}).get("parts", []):
                print(part["text"], end="", flush=True)
            if content.get("turnComplete"):
                break


if sys.argv[1:] == ["uvloop"]:
    import uvloop

    uvloop.run(main())
else:
    asyncio.run(main())
