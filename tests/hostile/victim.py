"""The session that nobody may disturb: a process of its own, with an ordinary client, that takes turns without pause.

``python tests/hostile/victim.py PORT``: a line for each turn, its seconds, until standard input ends.
"""

import json
import sys
import threading
import time

from websockets.sync.client import ClientConnection, connect

PATH = "/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent?key=a-key-of-the-victim"
SETUP = {
    "model": "models/gemini-2.0-flash-live-001",
    "generationConfig": {"responseModalities": ["TEXT"]},
    # Thousands of turns fill the context window.
    "contextWindowCompression": {"slidingWindow": {}},
}


def take_turn(client: ClientConnection, number: int) -> None:
    """Ask, and hear the answer to its end; it has to be the right one."""
    asked = f"Question {number}"
    client.send(json.dumps({"clientContent": {"turns": [{"parts": [{"text": asked}]}], "turnComplete": True}}))
    said = ""
    while True:
        content = json.loads(client.recv())["serverContent"]
        said += "".join(part["text"] for part in content.get("modelTurn", {}).get("parts", ()))
        if content.get("turnComplete"):
            break
    if said != f"Heard: {asked}":
        raise SystemExit(f"asked {asked!r}, was told {said!r}")


def main(port: int) -> None:
    """Take turns until standard input ends."""
    over = threading.Event()
    threading.Thread(target=lambda: (sys.stdin.read(), over.set()), daemon=True).start()
    with connect(f"ws://127.0.0.1:{port}{PATH}", compression=None) as client:
        client.send(json.dumps({"setup": SETUP}))
        client.recv()
        number = 0
        while not over.is_set():
            number += 1
            began = time.perf_counter()
            take_turn(client, number)
            print(f"{time.perf_counter() - began:.6f}", flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]))
