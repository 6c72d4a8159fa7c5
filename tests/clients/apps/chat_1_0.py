"""The chat of ``chat.py`` on google-genai 1.0.0, which has only ``session.send`` and reads no base URL from outside.

python chat_1_0.py [--vertex] MODEL MODALITY QUESTION...
"""

import argparse
import asyncio
import json
import os

from google import genai
from websockets.exceptions import ConnectionClosed


def show(name: str, value: object) -> None:
    """Print one line; bytes as their length."""
    print(json.dumps({name: value}, default=lambda held: {"bytes": len(held)}), flush=True)


def make_client(vertex: bool) -> genai.Client:
    """The client for the back-end that was asked for."""
    http_options = {"base_url": os.environ["CHAT_BASE_URL"]} if "CHAT_BASE_URL" in os.environ else None
    if vertex:
        project, location = os.environ["GOOGLE_CLOUD_PROJECT"], os.environ["GOOGLE_CLOUD_LOCATION"]
        return genai.Client(vertexai=True, project=project, location=location, http_options=http_options)
    return genai.Client(api_key=os.environ["GOOGLE_API_KEY"], http_options=http_options)


async def main() -> None:
    """Hold the conversation."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--vertex", action="store_true")
    parser.add_argument("model")
    parser.add_argument("modality", choices=["TEXT", "AUDIO"])
    parser.add_argument("question", nargs="+")
    arguments = parser.parse_args()
    client = make_client(arguments.vertex)
    config = {"response_modalities": [arguments.modality]}
    try:
        async with client.aio.live.connect(model=arguments.model, config=config) as session:
            for question in arguments.question:
                await session.send(input=question, end_of_turn=True)
                show("sent", question)
                async for message in session.receive():
                    show("message", message.model_dump(exclude_none=True))
    except ConnectionClosed as refusal:
        show("refused", {"type": type(refusal).__name__, "code": refusal.rcvd.code, "words": refusal.rcvd.reason})


if __name__ == "__main__":
    asyncio.run(main())
