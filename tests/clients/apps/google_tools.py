"""Asks questions with Google's own tools, each in a session of its own, and prints what arrives typed as lines of JSON.

    python google_tools.py '[["gemini" or "vertex", MODEL, MODALITY, TOOL, QUESTION], ...]'

``TOOL`` is a field of ``types.Tool``, such as ``google_search``. A line holds the number of the question, a name and a
value.
"""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator, Iterator

from google import genai
from google.genai import errors, types


def typed(message: types.LiveServerMessage) -> Iterator[tuple[str, object]]:
    """What the SDK makes of a message, by its own classes and names."""
    content = message.server_content
    if content is None:
        return
    for part in (content.model_turn.parts or []) if content.model_turn else []:
        for held in (part.executable_code, part.code_execution_result):
            if held is not None:
                yield type(held).__name__, held.model_dump(exclude_none=True, mode="json")
        if part.text and not part.thought:
            yield "text", part.text
    if content.output_transcription and content.output_transcription.text:
        yield "words", content.output_transcription.text
    for held in (content.grounding_metadata, content.url_context_metadata):
        if held is not None:
            yield type(held).__name__, held.model_dump(exclude_none=True, mode="json")
    if content.turn_complete:
        yield "end", True


def make_client(back_end: str) -> genai.Client:
    """The client for the back-end that was asked for; the rest is the environment's business."""
    if back_end == "gemini":
        return genai.Client(vertexai=False)
    project, location = os.environ["GOOGLE_CLOUD_PROJECT"], os.environ["GOOGLE_CLOUD_LOCATION"]
    return genai.Client(vertexai=True, project=project, location=location)


async def ask(back_end: str, model: str, modality: str, tool: str, question: str) -> AsyncIterator[tuple[str, object]]:
    """One question in one session."""
    config = {"response_modalities": [modality], "tools": [{tool: {}}]}
    if modality == "AUDIO":
        config["output_audio_transcription"] = {}
    try:
        async with make_client(back_end).aio.live.connect(model=model, config=config) as session:
            await session.send_client_content(turns={"role": "user", "parts": [{"text": question}]})
            async for message in session.receive():
                for told in typed(message):
                    yield told
    except errors.APIError as refusal:
        yield "refused", {"code": refusal.code, "words": refusal.details}


async def main() -> None:
    """Ask all of them."""
    for number, words in enumerate(json.loads(sys.argv[1])):
        async for name, value in ask(*words):
            print(json.dumps({"number": number, "name": name, "value": value}), flush=True)


if __name__ == "__main__":
    asyncio.run(main())
