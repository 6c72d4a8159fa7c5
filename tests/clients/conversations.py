"""Conversations with the sample scenarios, for the programs ``apps/converse.*``: plans, and what they told."""

import asyncio
import json
from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from emulators import PATIENCE, bare_environment
from speaking import Log, Step
from transcripts import in_snake_case

from gemlive_emulator.server.emulator import Emulator
from gemlive_emulator.server.settings import PaceName, Settings

SAMPLES = Path(__file__).parents[2] / "fixtures" / "scenarios"
WRITES, SPEAKS, NEWEST = "gemini-2.0-flash-live-001", "gemini-2.5-flash-native-audio-preview-12-2025", "gemini-3.8-live"
CASCADE = "gemini-live-2.5-flash-preview"
TEXT: dict[str, Any] = {"responseModalities": ["TEXT"]}
AUDIO: dict[str, Any] = {"responseModalities": ["AUDIO"], "outputAudioTranscription": {}, "inputAudioTranscription": {}}


def ask(text: str) -> Step:
    """Type a turn, and wait for the end of the answer."""
    return "ask", text


def answer(name: str, response: dict[str, Any], **more: Any) -> Step:
    """Answer the latest call of a function."""
    return "answer", name, {"response": response, **more}


@dataclass(frozen=True)
class Call:
    """One session of a conversation."""

    steps: list[Step]
    model: str = WRITES
    functions: Mapping[str, list[dict[str, Any]]] = field(default_factory=dict)
    declared: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    behavior: str | None = None
    system: str | None = None

    @property
    def config(self) -> dict[str, Any]:
        """Of the session, as both SDKs take it."""
        made = TEXT if self.model in (WRITES, CASCADE) else AUDIO
        if self.system is not None:
            made = made | {"systemInstruction": self.system}
        declarations = [self.declaration(name, kinds) for name, kinds in self.declared.items()]
        return made | {"tools": [{"functionDeclarations": declarations}]} if declarations else made

    def declaration(self, name: str, kinds: Mapping[str, str]) -> dict[str, Any]:
        """Of a function with parameters of these kinds."""
        made: dict[str, Any] = {"name": name}
        if kinds:
            properties = {parameter: {"type": kind} for parameter, kind in kinds.items()}
            made["parameters"] = {"type": "OBJECT", "properties": properties, "required": list(properties)}
        return made | ({"behavior": self.behavior} if self.behavior else {})


@dataclass(frozen=True)
class Conversation:
    """Sessions with one sample, one after the other; in what time, and which words are given back for each."""

    sample: str
    calls: list[Call]
    pace: PaceName = "at-once"
    rate: float = 1.0

    def plan(self, url: str, folder: Path) -> list[dict[str, Any]]:
        """As JSON; sounds lie in files."""
        return [
            {
                "url": url,
                "model": call.model,
                "config": call.config,
                "functions": {name: [{"response": one} for one in some] for name, some in call.functions.items()},
                "steps": [[in_file(part, folder) for part in step] for step in call.steps],
            }
            for call in self.calls
        ]


def in_file(part: Any, folder: Path) -> Any:
    """Sound as the name of a file that holds it."""
    if not isinstance(part, bytes):
        return part
    file = folder / f"{len(part)}.pcm"
    file.write_bytes(part)
    return str(file)


BOOKING = {
    "find_tables": {"day": "STRING", "people": "INTEGER"},
    "book_table": {"table": "INTEGER", "people": "INTEGER"},
}
WEATHER = {"get_temperature": {"location": "STRING"}, "turn_on_the_lights": {}}
STOCK = {"track_parcel": {"number": "INTEGER"}, "count_stock": {}}
TRANSFER = {"transfer_to": {"agent": "STRING", "reason": "STRING"}}
ENDED = "turn_complete"

TYPED = {
    "greeting desk": Conversation(
        "greeting-desk", [Call([ask("Good morning"), ask("When are your opening hours?"), ask("Goodbye!")])]
    ),
    "exact conversation": Conversation(
        "exact-conversation",
        [Call([ask("Hello"), ask("What is the capital of Brazil?"), ask("What was my last question?")])],
    ),
    "phone menu": Conversation(
        "phone-menu",
        [
            Call([ask("Hello"), ask("Support"), ask("My telephone is dead"), ask("Sales"), ask("I take 3")]),
            Call([ask("Hello"), ask("What was the last ticket?")]),
        ],
    ),
    "weather desk": Conversation(
        "weather-desk",
        [
            Call(
                [ask("Compare"), ask("How is the weather?"), ask("Again"), ask("Lights"), ask("Hm")],
                functions={
                    "get_temperature": [{"temperature": -3}, {"temperature": 21}, {"temperature": 7}],
                    "turn_on_the_lights": [{"result": "ok"}],
                },
                declared=WEATHER,
            )
        ],
    ),
    "booking": Conversation(
        "booking",
        [
            Call(
                [ask("A table for tonight"), ask("Yes"), ask("Any table will do"), ask("Any table will do")],
                functions={
                    "find_tables": [
                        {"tables": [{"number": 7, "time": "8 pm"}]},
                        {"tables": [{"number": 9, "time": "9 pm"}]},
                        {"tables": []},
                    ],
                    "book_table": [{"code": "X42"}, {"output": {"code": "X43"}}],
                },
                declared=BOOKING,
            )
        ],
    ),
    "translator": Conversation(
        "translator",
        [
            Call([ask("Good morning"), ask("Spanish, please"), ask("Good morning"), ask("One beer")]),
            Call([ask("Hello"), ask("Thanks!")], system="Translate into Spanish."),
        ],
    ),
    "research desk": Conversation(
        "research-desk", [Call([ask("Search"), ask("Compute"), ask("Read"), ask("Hm")], CASCADE)]
    ),
    "summary": Conversation(
        "summary",
        [
            Call(
                [ask("My name is Ada"), ask("I grow roses"), ask("Goodbye")],
                functions={"save_summary": [{"result": "ok"}]},
                declared={"save_summary": {"summary": "STRING"}},
            )
        ],
    ),
    "quota day": Conversation(
        "quota-day", [Call([ask("One"), ask("Two"), ask("Three"), ask("Four")]), *[Call([ask("One")])] * 3]
    ),
    "hand-over": Conversation(
        "hand-over",
        [
            Call(
                [ask("Hello"), ask("My invoice is wrong")],
                functions={"transfer_to": [{"result": "ok"}]},
                declared=TRANSFER,
                system="You are the reception of a bicycle shop.",
            ),
            Call([ask("I want a refund")], declared=TRANSFER, system="You do the billing of a bicycle shop."),
        ],
    ),
}
"""What both SDKs do."""


@dataclass(frozen=True)
class Held:
    """What the SDK told of each session, and what went wrong in the emulators."""

    logs: dict[str, Log]
    failures: list[Exception]

    def said(self, session: str) -> list[str]:
        """What the model said in each turn of a session, in writing or aloud."""
        return [(turn.text or turn.words).strip() for turn in self.logs[session].turns]

    def calls(self, session: str) -> list[dict[str, Any]]:
        """The arguments of each call."""
        calls = [message["tool_call"] for message in self.logs[session].messages if "tool_call" in message]
        return [one.get("args", {}) for call in calls for one in call["function_calls"]]


def hold(conversations: Mapping[str, Conversation], program: list[str], folder: Path, **more: str) -> Held:
    """Let a program hold all conversations at the same time, each with an emulator of its own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_DATA_HOME", str(folder / "data"))
        return asyncio.run(_hold(conversations, program, folder, more))


async def _hold(
    conversations: Mapping[str, Conversation], program: list[str], folder: Path, more: Mapping[str, str]
) -> Held:
    async with AsyncExitStack() as room:
        plan: dict[str, list[dict[str, Any]]] = {}
        emulators: list[Emulator] = []
        for name, one in conversations.items():
            file = str(SAMPLES / f"{one.sample}.yaml")
            settings = Settings(port=0, scenario=file, pace=one.pace, rate=one.rate, voice="formant", recogniser="off")
            emulators.append(emulator := Emulator(settings))
            await emulator.start()
            room.push_async_callback(emulator.stop)
            plan[name] = one.plan(emulator.url.replace("http:", "https:"), folder)
        authority = str(emulators[0].certificates.ca_file)
        trust = {"SSL_CERT_FILE": authority, "NODE_EXTRA_CA_CERTS": authority, "NO_PROXY": "127.0.0.1"}
        (folder / "plan.json").write_text(json.dumps(plan))
        logs = await told_by([*program, str(folder / "plan.json")], bare_environment(folder) | trust | dict(more))
    return Held(logs, [failure.error for emulator in emulators for failure in emulator.failures])


async def told_by(command: list[str], environment: dict[str, str]) -> dict[str, Log]:
    """Run a program to its end, and read what it told of each session."""
    process = await asyncio.create_subprocess_exec(
        *command, env=environment, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    try:
        async with asyncio.timeout(PATIENCE):
            stdout, stderr = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert process.returncode == 0, stderr.decode()
    logs: dict[str, list[dict[str, Any]]] = {}
    for line in stdout.decode().splitlines():
        if line.startswith("{"):
            told = in_snake_case(json.loads(line))
            logs.setdefault(told["talk"], []).append(told)
    return {name: Log(entries) for name, entries in logs.items()}
