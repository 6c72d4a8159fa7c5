"""Gives a Python function to google-genai as a tool, and calls it as the model wants it called.

    python callables.py MODEL QUESTION

The SDK makes a declaration of the function; unlike ``generate_content``, Live calls nothing by itself. Prints lines of
JSON.
"""

import asyncio
import json
import sys

from google import genai

called = []


def set_brightness(percent: int) -> str:
    """Sets the brightness of the lights."""
    called.append(percent)
    return "ok"


def show(name, value):
    """Print one line; bytes as their length."""
    print(json.dumps({name: value}, default=lambda held: {"bytes": len(held)}), flush=True)


async def main(model, question):
    """One question in one session."""
    config = {"response_modalities": ["AUDIO"], "output_audio_transcription": {}, "tools": [set_brightness]}
    async with genai.Client(vertexai=False).aio.live.connect(model=model, config=config) as session:
        await session.send_client_content(turns={"role": "user", "parts": [{"text": question}]})
        show("sent", question)
        async for message in session.receive():
            show("message", message.model_dump(exclude_none=True))
            for call in message.tool_call.function_calls if message.tool_call else []:
                show("called by the SDK", called)
                response = {"output": set_brightness(**(call.args or {"percent": 100}))}
                await session.send_tool_response(
                    function_responses={"id": call.id, "name": call.name, "response": response}
                )


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
