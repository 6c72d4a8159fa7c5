"""Random attacks from a seed: conversations, heads and messages that were right, broken at random places.

``python tests/hostile/random_attack.py SEED COUNT`` runs so many against an emulator of its own and tells which ended
oddly; ``test_random_attacks.py`` runs some on every run.
"""

import copy
import json
import random
import re
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from attacker_socket import AUDIO_MODEL, CLOSE, FORGED, PING, Attacker, frame, setup_of, text, turn_of, upgrade
from emulator_process import HERE, MEBIBYTE, EmulatorProcess, besieged, faults_of

NASTY = (
    None, True, 0, -1, 1.5, 2**31, 2**63, 10**200, 1e308, "", "x", "\ud800", "\0", f"\n{FORGED}\x1b[2J", "a" * 5000, [], {}, [[]],
    {"": {}}, [None], [{}], "models/", "AUDIO", "AAAA", "audio/pcm;rate=16000", "9" * 30, -(2**31), "NaN", {"text": 1},
)  # fmt: skip
MESSAGES: tuple[dict[str, Any], ...] = (
    turn_of("hello there"),
    {
        "clientContent": {
            "turns": [
                {"role": "model", "parts": [{"text": "a"}]},
                {"role": "user", "parts": [{"inlineData": {"mimeType": "image/png", "data": "AAAA"}}]},
            ]
        }
    },
    {"realtimeInput": {"audio": {"data": "AAAAAAAA", "mimeType": "audio/pcm;rate=16000"}}},
    {"realtimeInput": {"video": {"data": "/9j/", "mimeType": "image/jpeg"}}},
    {"realtimeInput": {"text": "hello"}},
    {"realtimeInput": {"audioStreamEnd": True}},
    {"realtimeInput": {"activityStart": {}}},
    {"realtimeInput": {"activityEnd": {}}},
    {"realtimeInput": {"mediaChunks": [{"data": "AAAA", "mimeType": "audio/pcm"}]}},
    {
        "toolResponse": {
            "functionResponses": [
                {"id": "1", "name": "f", "response": {"output": 1}, "scheduling": "SILENT", "willContinue": True}
            ]
        }
    },
    {
        "contextUpdate": {
            "systemInstruction": {"parts": [{"text": "be brief"}]},
            "tools": {"tools": [{"googleSearch": {}}]},
        }
    },
)
RICH: dict[str, Any] = {
    "systemInstruction": {"parts": [{"text": "be kind"}]},
    "tools": [
        {
            "functionDeclarations": [
                {
                    "name": "f",
                    "behavior": "NON_BLOCKING",
                    "parameters": {
                        "type": "OBJECT",
                        "properties": {"a": {"type": "STRING", "enum": ["x"]}},
                        "required": ["a"],
                    },
                }
            ]
        },
        {"googleSearch": {}},
        {"codeExecution": {}},
    ],
    "realtimeInputConfig": {
        "automaticActivityDetection": {"disabled": True, "silenceDurationMs": 500, "prefixPaddingMs": 20},
        "activityHandling": "NO_INTERRUPTION",
        "turnCoverage": "TURN_INCLUDES_ALL_INPUT",
    },
    "sessionResumption": {"handle": "0123456789abcdef", "transparent": True},
    "contextWindowCompression": {"triggerTokens": "1000", "slidingWindow": {"targetTokens": 500}},
    "inputAudioTranscription": {},
    "outputAudioTranscription": {},
    "proactivity": {"proactiveAudio": True},
    "historyConfig": {"initialHistoryInClientContent": True},
}


def broken_value(chance: random.Random, value: Any) -> Any:
    """The same with something else at one place, or more."""
    if not isinstance(value, dict | list) or not value or chance.random() < 0.15:
        return copy.deepcopy(chance.choice(NASTY))
    changed = copy.deepcopy(value)
    key: Any = chance.choice(list(changed)) if isinstance(changed, dict) else chance.randrange(len(changed))
    what = chance.random()
    if what < 0.1:
        del changed[key]
    elif what < 0.2 and isinstance(changed, dict):
        changed[chance.choice(("x", "__class__", str(key).upper(), f"{key}\n{FORGED}"))] = changed[key]
    elif what < 0.3 and isinstance(changed, list):
        changed *= chance.choice((2, 50))
    else:
        changed[key] = broken_value(chance, changed[key])
    return changed


def broken_bytes(chance: random.Random, stream: bytes) -> bytes:
    """The same with some bytes flipped, cut out, doubled or put in."""
    out = bytearray(stream)
    for _ in range(chance.choice((0, 1, 1, 2, 5))):
        at, length = chance.randrange(len(out) + 1), chance.choice((1, 1, 2, 7, 60))
        what = chance.randrange(4)
        if what == 0 and at < len(out):
            out[at] ^= 1 << chance.randrange(8)
        elif what == 1:
            del out[at : at + length]
        elif what == 2:
            out[at:at] = out[at : at + length]
        else:
            out[at:at] = chance.randbytes(length)
    return bytes(out)


def conversation(chance: random.Random) -> Iterator[bytes]:
    """What a client sends behind its upgrade, with some of it wrong."""
    model, modality = (AUDIO_MODEL, "AUDIO") if chance.random() < 0.5 else ("models/gemini-2.0-flash-live-001", "TEXT")
    chosen = {name: RICH[name] for name in RICH if name != "sessionResumption" and chance.random() < 0.2}
    setup = setup_of(model, modality, **(RICH if chance.random() < 0.1 else chosen))
    yield text(broken_value(chance, setup) if chance.random() < 0.4 else setup)
    for _ in range(chance.randrange(6)):
        message = chance.choice(MESSAGES)
        payload = json.dumps(broken_value(chance, message) if chance.random() < 0.6 else message).encode()
        if chance.random() < 0.2:
            payload = broken_bytes(chance, payload)
        if chance.random() < 0.8:
            yield frame(chance.choice((1, 1, 1, 2)), payload)
        else:
            fin, rsv, mask = chance.random() < 0.5, chance.choice((0, 0, 0, 1)), chance.choice((b"abcd", b"abcd", None))
            yield frame(chance.randrange(16), payload[: chance.choice((5, 125, 5000))], fin=fin, rsv=rsv, mask=mask)
        if chance.random() < 0.2:
            yield frame(PING, chance.randbytes(3))


def attack(chance: random.Random) -> tuple[bytes, ...]:
    """One connection's bytes, in pieces."""
    head = upgrade()
    if chance.random() < 0.15:
        stream = broken_bytes(chance, head)
    else:
        stream = head + b"".join(conversation(chance)) + (frame(CLOSE, b"\x03\xe8") if chance.random() < 0.5 else b"")
        if chance.random() < 0.3:
            stream = head + broken_bytes(chance, stream[len(head) :])
    cuts = sorted(chance.randrange(len(stream) + 1) for _ in range(chance.choice((0, 1, 5))))
    return tuple(stream[start:end] for start, end in zip([0, *cuts], [*cuts, len(stream)], strict=True))


def ended(port: int, pieces: tuple[bytes, ...]) -> str:
    """Send, end the sending side, and wait for the end; gives how it was, in a word or two."""
    with Attacker(port) as attacker:
        attacker.send(*pieces)
        attacker.finish()
        said = attacker.rest()
    if not said.startswith(b"HTTP/1.1 101"):
        return said[9:12].decode("latin-1") or "nothing"
    code = "no close"
    for opcode, payload in frames_in(said.partition(b"\r\n\r\n")[2]):
        code = f"close {int.from_bytes(payload[:2])}" if opcode == CLOSE else code
    return code


def frames_in(said: bytes) -> Iterator[tuple[int, bytes]]:
    """The emulator's frames: whole, unmasked ones."""
    at = 0
    while at < len(said):
        opcode, length = said[at] & 0x0F, said[at + 1]
        size = {126: 2, 127: 8}.get(length, 0)
        start = at + 2 + size
        at = start + (int.from_bytes(said[at + 2 : start]) if size else length)
        assert at <= len(said), f"the last frame is not whole: {said[-200:]!r}"
        yield opcode, said[start:at]


def attack_many(port: int, seed: int, count: int) -> Counter[str]:
    """So many of a seed; gives how often each end was seen."""
    return Counter(ended(port, attack(random.Random(f"{seed}/{number}"))) for number in range(count))


def main(seed: int, count: int) -> None:
    """Run them beside a victim, and tell what was seen."""
    with tempfile.TemporaryDirectory() as home:
        emulator = EmulatorProcess(Path(home), "--pace", "at-once", "--scenario", str(HERE / "hostile.yaml"))
        try:
            with besieged(emulator):
                print(attack_many(emulator.port, seed, count))
            print(f"{emulator.resident() // MEBIBYTE} MiB resident")
            print("\n".join(faults_of(emulator.log)) or "nothing odd in the log")
            print("".join(line for line in emulator.log if re.match(r"\S+ ERROR|.*closed 1011", line)))
        finally:
            emulator.kill()


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
