"""A conversation with an installed emulator, with nothing but what the emulator itself needs."""

import json
import os

from websockets.sync.client import connect

base = os.environ["GOOGLE_GEMINI_BASE_URL"].replace("http", "ws", 1)
path = "/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent"
with connect(base + path) as socket:
    setup = {"model": "models/gemini-2.0-flash-live-001", "generationConfig": {"responseModalities": ["TEXT"]}}
    socket.send(json.dumps({"setup": setup}))
    assert json.loads(socket.recv()) == {"setupComplete": {}}
    socket.send(json.dumps({"clientContent": {"turns": [{"parts": [{"text": "Hello"}]}], "turnComplete": True}}))
    said = ""
    for frame in socket:
        content = json.loads(frame).get("serverContent", {})
        said += "".join(part["text"] for part in content.get("modelTurn", {}).get("parts", []))
        if content.get("turnComplete"):
            break
assert said, "an empty answer"
print(f"the installed wheel said: {said.strip()}")
