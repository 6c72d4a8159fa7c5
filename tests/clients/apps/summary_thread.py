"""A bridge to a live voice session that wants a summary at its end, as in a community thread of December 2024.

    python summary_thread.py CONFIG ENDING FILE...

It speaks the files, sound of 16 kHz without a header, one turn each. ``CONFIG`` is ``posted`` (the thread's own: its
modalities stand in camel case, which the SDK of then leaves out), ``both`` (text and audio, as the SDK sends them) or
``spoken``. ``ENDING`` is ``text``, which asks for the summary in writing as the thread does, or ``function``, which is
what the thread advises: a function that takes the summary. Takes google-genai 0.3.0, and 1.0.0 for ``function``.
"""

import asyncio
import logging
import os
import sys
from pathlib import Path

from google import genai
from google.genai import types

MODEL = "gemini-2.0-flash-exp"
ENDING_PROMPT = """Here is a summary request for the voice conversation we just had:
Please analyze this conversation and provide a structured summary including:
{
"main_topics": [],
"key_decisions": [],
"action_items": [],
"sentiment": ""
}
Please analyze our conversation and provide the summary in the requested format."""
ASK_FOR_CALL = "Please save the summary of our conversation."
SAVE_SUMMARY = {
    "name": "save_summary",
    "description": "Saves a summary of the conversation.",
    "parameters": {"type": "OBJECT", "properties": {"summary": {"type": "STRING"}}, "required": ["summary"]},
}
CHUNK = 3_200
"""Bytes of a tenth of a second."""


class GeminiClient:
    """Holds the session."""

    def __init__(self, config):
        self.logger = logging.getLogger("GeminiClient")
        self.config = config
        self.summary = None
        self.turn_complete = asyncio.Event()
        self.audio_bytes = 0

    async def connect(self):
        """Open the session and begin to read."""
        try:
            self.client = genai.Client(
                api_key=os.getenv("GOOGLE_API_KEY"),
                http_options={"api_version": "v1alpha", "base_url": os.environ["CHAT_BASE_URL"]},
            )
            self._session_manager = self.client.aio.live.connect(model=MODEL, config=self.config)
            self.session = await self._session_manager.__aenter__()
            self.running = True
            self.read_task = asyncio.create_task(self._read_responses())
        except Exception as e:
            raise RuntimeError(f"Failed to connect to Gemini: {e}") from e

    async def _read_responses(self):
        """Read turn after turn."""
        try:
            while self.running:
                async for response in self.session.receive():
                    if response.tool_call:
                        await self._handle_tool_call(response.tool_call)
                    if response.data:
                        self.audio_bytes += len(response.data)
                    if response.server_content and response.server_content.turn_complete:
                        self.turn_complete.set()
        except asyncio.CancelledError:
            self.logger.info("Response reading task cancelled")
            raise

    async def _handle_tool_call(self, tool_call):
        """Keep the summary."""
        for call in tool_call.function_calls:
            self.summary = call.args["summary"]
            response = types.FunctionResponse(id=call.id, name=call.name, response={"result": "ok"})
            await self.session.send(input=types.LiveClientToolResponse(function_responses=[response]))

    async def speak(self, sound):
        """Say something, and hear the answer out."""
        self.turn_complete.clear()
        sound += bytes(32_000)
        for start in range(0, len(sound), CHUNK):
            await self.session.send(input={"data": sound[start : start + CHUNK], "mime_type": "audio/pcm"})
        await self.turn_complete.wait()
        self.logger.info("Audio: %s", self.audio_bytes)

    async def generate_session_summary(self):
        """Ask for a summary in the same session, in writing."""
        self.read_task.cancel()
        try:
            await self.read_task
        except asyncio.CancelledError:
            self.logger.debug("Read task cancellation handled")
        await asyncio.sleep(0.1)
        await self.session.send(ENDING_PROMPT, end_of_turn=True)
        full_response = ""
        try:
            async with asyncio.timeout(30):
                async for chunk in self.session.receive():
                    self.logger.debug(f"Received chunk: {chunk}")
                    if chunk.text:
                        full_response += chunk.text
                    if chunk.server_content and chunk.server_content.turn_complete:
                        self.logger.debug("Turn complete")
                        if full_response:
                            break
        except TimeoutError:
            self.logger.error("Timeout waiting for summary")
            return None
        if full_response:
            return {"summary": full_response}
        self.logger.warning("No summary text received")
        return None

    async def have_summary_saved(self):
        """Ask for a call of the function that takes the summary."""
        self.turn_complete.clear()
        await self.session.send(input=ASK_FOR_CALL, end_of_turn=True)
        await self.turn_complete.wait()
        self.read_task.cancel()
        return {"summary": self.summary}


def config_of(which):
    """One of the three."""
    if which == "spoken":
        return {
            "generation_config": {"response_modalities": ["AUDIO"]},
            "tools": [{"function_declarations": [SAVE_SUMMARY]}],
        }
    voice = {"voiceConfig": {"prebuiltVoiceConfig": {"voiceName": "Puck"}}}
    safety = [{"category": "HARM_CATEGORY_HARASSMENT", "threshold": "BLOCK_NONE"}]
    posted = {
        "model": MODEL,
        "generation_config": {
            "responseModalities": ["TEXT", "AUDIO"],
            "candidateCount": 1,
            "maxOutputTokens": 8192,
            "temperature": 0.7,
            "speechConfig": voice,
            "safetySettings": safety,
        },
        "system_instruction": {"parts": [{"text": "You are a friendly assistant."}]},
    }
    return posted if which == "posted" else {**posted, "response_modalities": ["TEXT", "AUDIO"]}


async def main(config, ending, *files):
    """Hold the conversation, and tell the summary."""
    logging.basicConfig(stream=sys.stdout, level=logging.INFO, format="[%(levelname)s] %(name)s: %(message)s")
    client = GeminiClient(config_of(config))
    client.logger.setLevel(logging.DEBUG)
    try:
        await client.connect()
    except RuntimeError as problem:
        client.logger.error(problem)
        return
    for file in files:
        await client.speak(Path(file).read_bytes())
    summary = await (client.generate_session_summary() if ending == "text" else client.have_summary_saved())
    client.logger.info("CONVERSATION_SUMMARY: %r", summary)
    await client.session.close()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
