"""Asks a raw Live API server to repeat a word; exits with 0 if the answer holds it. Prints where the server was.

python repeat.py WORD
"""

import json
import os
import sys

from websockets.sync.client import connect

word = sys.argv[1]
base = os.environ["GOOGLE_GEMINI_BASE_URL"].replace("http", "ws", 1)
url = f"{base}/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent?key=any"
question = {"turns": [{"role": "user", "parts": [{"text": f"Please repeat {word}."}]}], "turnComplete": True}
model = {"model": "models/gemini-2.0-flash-live-001", "generationConfig": {"responseModalities": ["TEXT"]}}

heard = ""
with connect(url) as ws:
    ws.send(json.dumps({"setup": model}))
    ws.send(json.dumps({"clientContent": question}))
    for frame in ws:
        content = json.loads(frame).get("serverContent", {})
        heard += "".join(part["text"] for part in content.get("modelTurn", {}).get("parts", []))
        if content.get("turnComplete"):
            break
print(base)
sys.exit(0 if word in heard else f"asked for {word!r}, heard {heard!r}")
