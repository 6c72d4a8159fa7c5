"""Opens a Live API session, asks for a story, says where it is when the story begins, and listens until it is stopped."""

import json
import os
import signal

from websockets.sync.client import connect

signal.signal(signal.SIGINT, signal.SIG_DFL)
base = os.environ["GOOGLE_GEMINI_BASE_URL"].replace("http", "ws", 1)
url = f"{base}/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent?key=any"
question = {"turns": [{"role": "user", "parts": [{"text": "Tell me a story."}]}], "turnComplete": True}
with connect(url) as ws:
    ws.send(json.dumps({"setup": {"model": "models/gemini-2.0-flash-live-001"}}))
    ws.send(json.dumps({"clientContent": question}))
    while b"inlineData" not in ws.recv():
        pass
    print(base, flush=True)
    for _ in ws:
        pass
