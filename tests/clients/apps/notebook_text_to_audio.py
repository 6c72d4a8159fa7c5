"""The text-to-audio cell of Google's notebook on the Live API over a bare WebSocket (Apache-2.0).

The address is taken from the environment, and the player is replaced by a line that says what it would have played.
"""

import asyncio
import base64
import json
import os

import numpy as np
import websockets

PROJECT_ID = str(os.environ.get("GOOGLE_CLOUD_PROJECT"))
LOCATION = "us-central1"
MODEL_ID = "gemini-live-2.5-flash-native-audio"
model = f"projects/{PROJECT_ID}/locations/{LOCATION}/publishers/google/models/{MODEL_ID}"

api_host = os.environ["API_HOST"]
service_url = f"wss://{api_host}/ws/google.cloud.aiplatform.v1.LlmBidiService/BidiGenerateContent"
headers = {"Authorization": "Bearer token"}

system_instruction = {"parts": [{"text": "You are a helpful assistant and answer in a friendly tone."}]}

config = {
    "response_modalities": ["audio"],
    "speech_config": {
        "voice_config": {"prebuilt_voice_config": {"voice_name": "Kore"}},
    },
}

setup = {
    "setup": {
        "model": model,
        "system_instruction": system_instruction,
        "generation_config": config,
    }
}


async def send_text(ws, text_input):
    """Send a single text turn."""
    print(f"Input: {text_input}")
    msg = {
        "client_content": {
            "turns": [{"role": "user", "parts": [{"text": text_input}]}],
            "turn_complete": True,
        }
    }
    await ws.send(json.dumps(msg))


async def main():
    """One question, one spoken answer."""
    async with websockets.connect(service_url, additional_headers=headers) as ws:
        print("Connected")
        await ws.send(json.dumps(setup))
        await ws.recv()

        async def send_loop():
            await send_text(ws, "Hello? Gemini are you there?")

        audio_data = []

        async def receive_loop():
            async for message in ws:
                response = json.loads(message.decode())
                try:
                    parts = response["serverContent"]["modelTurn"]["parts"]
                    for part in parts:
                        if "inlineData" in part:
                            pcm_data = base64.b64decode(part["inlineData"]["data"])
                            audio_data.append(np.frombuffer(pcm_data, dtype=np.int16))
                except KeyError:
                    pass
                if response.get("serverContent", {}).get("turnComplete"):
                    print("Turn complete.")
                    sound = np.concatenate(audio_data)
                    print(f"Audio: {len(sound)} samples, loudest {np.abs(sound.astype(int)).max()}")
                    break

        await asyncio.gather(send_loop(), receive_loop())


asyncio.run(main())
