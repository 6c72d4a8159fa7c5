"""Gives a session of the Model Context Protocol to google-genai as a tool, and calls it as the model wants it called.

    python mcp_tools.py MODEL QUESTION

Live calls nothing by itself, not even a tool of a session: ``call_tool`` is the program's. Prints lines of JSON.
"""

import asyncio
import json
import sys
from pathlib import Path

from google import genai
from mcp import ClientSession, StdioServerParameters
from mcp.client.stdio import stdio_client

SERVER = StdioServerParameters(command=sys.executable, args=[str(Path(__file__).with_name("thermometer.py"))])


def show(name, value):
    """Print one line; bytes as their length."""
    print(json.dumps({name: value}, default=lambda held: {"bytes": len(held)}), flush=True)


async def ask(tools, model, question):
    """One question in one session."""
    config = {"response_modalities": ["AUDIO"], "output_audio_transcription": {}, "tools": [tools]}
    async with genai.Client(vertexai=False).aio.live.connect(model=model, config=config) as session:
        await session.send_client_content(turns={"role": "user", "parts": [{"text": question}]})
        show("sent", question)
        async for message in session.receive():
            show("message", message.model_dump(exclude_none=True))
            for call in message.tool_call.function_calls if message.tool_call else []:
                result = await tools.call_tool(call.name, call.args)
                told = "".join(block.text for block in result.content)
                response = {"error" if result.is_error else "output": told}
                show("called", {call.name: response})
                await session.send_tool_response(
                    function_responses={"id": call.id, "name": call.name, "response": response}
                )


async def main(model, question):
    """Start the server, and ask."""
    async with stdio_client(SERVER) as (reader, writer), ClientSession(reader, writer) as tools:
        await tools.initialize()
        await ask(tools, model, question)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
