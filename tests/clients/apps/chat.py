"""A small chat on google-genai >= 1.11: asks its questions one after the other, prints each message as a line of JSON.

    python chat.py [--vertex | --express] MODEL MODALITY QUESTION...

Where the server is, and with which key or credentials to go there, is the environment's business.
"""

import argparse
import asyncio
import json
import os

from google import genai
from google.genai import errors


def show(name: str, value: object) -> None:
    """Print one line; bytes as their length."""
    print(json.dumps({name: value}, default=lambda held: {"bytes": len(held)}), flush=True)


def make_client(arguments: argparse.Namespace) -> genai.Client:
    """The client for the back-end that was asked for."""
    if arguments.vertex:
        return genai.Client(
            vertexai=True,
            project=os.environ["GOOGLE_CLOUD_PROJECT"],
            location=os.environ["GOOGLE_CLOUD_LOCATION"],
        )
    if arguments.express:
        return genai.Client(vertexai=True, api_key=os.environ["GOOGLE_API_KEY"])
    return genai.Client()


async def main() -> None:
    """Hold the conversation."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--vertex", action="store_true")
    parser.add_argument("--express", action="store_true")
    parser.add_argument("model")
    parser.add_argument("modality", choices=["TEXT", "AUDIO"])
    parser.add_argument("question", nargs="+")
    arguments = parser.parse_args()
    client = make_client(arguments)
    config = {"response_modalities": [arguments.modality]}
    if arguments.modality == "AUDIO":
        config["output_audio_transcription"] = {}
    try:
        async with client.aio.live.connect(model=arguments.model, config=config) as session:
            for question in arguments.question:
                await session.send_client_content(turns={"role": "user", "parts": [{"text": question}]})
                show("sent", question)
                async for message in session.receive():
                    show("message", message.model_dump(exclude_none=True))
    except errors.APIError as refusal:
        show("refused", {"type": type(refusal).__name__, "code": refusal.code, "words": refusal.details})


if __name__ == "__main__":
    asyncio.run(main())
