"""What the tests within tests share: an application that talks to a model, written without the emulator in mind."""

APP = """
import json
import os
import ssl

from websockets.asyncio.client import connect as connect_async
from websockets.sync.client import connect

PATH = "/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent"
MODEL = "models/gemini-2.0-flash-live-001"
SETUP = {"setup": {"model": MODEL, "generationConfig": {"responseModalities": ["TEXT"]}}}


def address(scheme="wss"):
    base = os.environ["GOOGLE_GEMINI_BASE_URL"].replace("http", scheme, 1)
    return base + PATH + "?key=" + os.environ["GOOGLE_API_KEY"]


def trust():
    return ssl.create_default_context(cafile=os.environ["SSL_CERT_FILE"])


def words(text):
    turn = {"role": "user", "parts": [{"text": text}]}
    return json.dumps({"clientContent": {"turns": [turn], "turnComplete": True}})


def heard(message):
    content = json.loads(message).get("serverContent", {})
    parts = content.get("modelTurn", {}).get("parts", [])
    return "".join(part.get("text", "") for part in parts), content.get("turnComplete", False)


def dial():
    # Without TLS: the synchronous client reads and writes one TLS object in two threads, and of some 300 of its
    # connections one gets no answer, from a bare server of websockets too (measured).
    return connect(address("ws"), proxy=None, open_timeout=30)


def ask(text, setup=SETUP):
    with dial() as socket:
        socket.send(json.dumps(setup))
        socket.recv(timeout=30)
        socket.send(words(text))
        answer, over = "", False
        while not over:
            piece, over = heard(socket.recv(timeout=30))
            answer += piece
        return answer


async def ask_async(text):
    async with connect_async(address(), ssl=trust(), proxy=None, open_timeout=30) as socket:
        await socket.send(json.dumps(SETUP))
        await socket.recv()
        await socket.send(words(text))
        answer, over = "", False
        while not over:
            piece, over = heard(await socket.recv())
            answer += piece
        return answer
"""
"""The module ``app``."""
