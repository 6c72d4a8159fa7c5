"""Rehearsals of the failure modes, for the program ``apps/rehearse.py``: what its sessions do, and where."""

import json
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from conversations import answer, ask, told_by
from emulators import bare_environment
from speaking import Log, Step, hear, say, signal, silence, speech, stream

from gemlive_emulator.scenario.faults.modes import MODES
from gemlive_emulator.server.emulator import Emulator
from gemlive_emulator.server.settings import Settings

NATIVE = "gemini-2.5-flash-native-audio-preview-12-2025"
NEWEST = "gemini-3.8-live"
RATE_OF_TIME = 20
QUIET: Step = ("quiet",)
WEATHER = "What is the temperature in Paris?"
DECLARED = {
    "name": "get_temperature",
    "parameters": {"type": "OBJECT", "properties": {"location": {"type": "STRING"}}, "required": ["location"]},
}
CONFIG: dict[str, Any] = {
    "response_modalities": ["AUDIO"],
    "output_audio_transcription": {},
    "input_audio_transcription": {},
    "session_resumption": {},
    "tools": [{"function_declarations": [DECLARED]}],
}
WARM = answer("get_temperature", {"temperature": 21})
SPOKEN = stream(speech("Wait a minute!") + silence(1.2))
UNENDED = stream(speech("Can anybody hear me?"))


@dataclass(frozen=True)
class Session:
    """One session of a rehearsal."""

    steps: list[Step]
    model: str = NATIVE
    resumes: bool = False
    answers: bool = False
    more: dict[str, Any] = field(default_factory=dict)

    def plan(self, url: str, key: str, folder: Path) -> dict[str, Any]:
        """As JSON; sounds lie in files."""
        return {
            "url": url,
            "key": key,
            "model": self.model,
            "config": CONFIG,
            "resumes": self.resumes,
            "functions": {"get_temperature": [{"response": {"temperature": 21}}]} if self.answers else {},
            "steps": [[in_file(part, folder) for part in step] for step in self.steps],
        } | self.more


def in_file(part: Any, folder: Path) -> Any:
    """Sound as the name of a file that holds it."""
    if not isinstance(part, bytes):
        return part
    file = folder / f"{hash(part)}.pcm"
    file.write_bytes(part)
    return str(file)


HELLO = ask("Hello")
BEGIN = Session([HELLO])
PAST: list[Step] = [HELLO, ask(WEATHER), ask("Thank you"), QUIET]
USUAL = [Session(PAST, answers=True), Session(PAST, resumes=True, answers=True)]
"""What gets to every moment at which a close of the catalogue strikes."""

AT = {"goaway-then-silence": "audio", "dropped-mid-turn": "turn 2"}
"""Moments other than the usual ones."""

SESSIONS: dict[str, list[Session]] = {
    "stale-handle": [BEGIN, Session([HELLO], resumes=True), BEGIN],
    "handle-accepted-then-dead": [BEGIN, *[Session([QUIET, HELLO], resumes=True)] * 2],
    "dropped-mid-turn": [Session([HELLO, ask("Tell me a story.")]), Session([HELLO, QUIET], resumes=True)],
    "dropped-in-tool-call": [Session([HELLO, ask(WEATHER)]), Session([WARM, QUIET, HELLO, QUIET], resumes=True)],
    "poisoned-resume": [BEGIN, Session([SPOKEN, hear("input_transcription"), QUIET], resumes=True)],
    "input-during-tool-call": [Session([say(WEATHER), hear("tool_call"), UNENDED, hear("turn_complete")])],
    "unanswered-tool-call": [
        Session([say(WEATHER), hear("tool_call"), QUIET, say("Hello?"), QUIET, WARM, hear("turn_complete", 2)])
    ],
    "barge-in-while-playing": [
        Session([say("Go on"), hear("generation_complete"), SPOKEN, hear("generation_complete", 2)])
    ],
    "barge-in-while-generating": [Session([say("Go on"), hear("model_turn", 3), SPOKEN, hear("turn_complete", 2)])],
    "barge-in-during-tool-call": [
        Session([say(WEATHER), hear("tool_call"), SPOKEN, hear("turn_complete", 2), WARM, QUIET, HELLO])
    ],
    "echo": [Session([say("Hello"), hear("turn_complete", 3)])],
    "echo-before-audio": [Session([say("Hello"), hear("turn_complete", 2)])],
    "phantom-interruption": [Session([HELLO, hear("interrupted"), HELLO, SPOKEN, hear("turn_complete", 3)])],
    "empty-turn": [Session([HELLO, HELLO])],
    "rejected-turn": [BEGIN],
    "words-without-audio": [BEGIN],
    "silent-audio": [BEGIN],
    "premature-end": [BEGIN],
    "missing-end": [Session([say("Hello"), hear("session_resumption_update", 2), QUIET, HELLO])],
    "stalled-turn": [Session([SPOKEN, hear("turn_complete")])],
    "burst-and-held-end": [BEGIN],
    "odd-audio": [BEGIN],
    "audio-gaps": [Session([ask("Tell me a story.")])],
    "no-end-of-speech": [Session([UNENDED, signal("audio_stream_end"), QUIET, SPOKEN, hear("turn_complete")])],
    "speech-never-ends": [Session([UNENDED, stream(silence(60)), QUIET])],
    "split-utterance": [
        Session(
            [
                stream(speech("I would like to") + silence(0.5)),
                hear("input_transcription"),
                stream(speech("Can anybody hear me?") + silence(0.5)),
                hear("turn_complete", 2),
            ]
        )
    ],
    "newest-dialect": [Session([HELLO, SPOKEN, hear("turn_complete", 2)])],
    "vertex-dialect": [Session([HELLO, say(WEATHER), hear("turn_complete", 2), WARM, hear("turn_complete", 3)])],
    "pinned-setup": [Session([HELLO, say(WEATHER), hear("turn_complete", 2)])],
    "slow-pongs": [Session([("wait", 5)], more={"pings": 0.3})],
    "setup-unanswered": [Session([HELLO], more={"patience": 1.0})],
    "quota-at-upgrade": [BEGIN],
    "bearer-refused": [BEGIN],
}
"""What a client does to see each; all others it sees in :data:`USUAL`."""

IN_ORDER = {
    "fourth-session": (["fourth-session"], [Session([HELLO, QUIET])] * 4),
    "spent token": (
        ["token-spent", "connection: {at_least: 2}"],
        [BEGIN, Session([HELLO], resumes=True), BEGIN],
    ),
}
"""Those that depend on the number of the connection, each with an emulator of its own."""


async def rehearsed(program: list[str], folder: Path) -> dict[str, Log]:
    """Let the program hold all of them at the same time, and read what each session was like."""
    async with AsyncExitStack() as room:
        every = "\n---\n".join(document(name, f"for: {{key: {name}}}") for name in MODES)
        emulator = await started(room, folder / "modes.yaml", every)
        url = emulator.url.replace("http:", "https:")
        plan = {
            name: [session.plan(url, name, folder) for session in SESSIONS.get(name, USUAL)]
            for name in MODES
            if name != "fourth-session"
        }
        plan["on the newest"] = [
            Session([HELLO, ask(WEATHER)], NEWEST).plan(url, "dropped-in-tool-call", folder),
            Session([("wait", 0.2), WARM, hear("turn_complete"), HELLO], NEWEST, True).plan(url, "", folder),
        ]
        plan["on the newest"][1]["key"] = "dropped-in-tool-call"
        own = await started(room, folder / "survives.yaml", "faults: [{close: eof, at: tool_call, connection: 1}]")
        plan["a call that survives"] = [
            Session(steps, NEWEST, resumes=number > 0).plan(own.url.replace("http:", "https:"), "any", folder)
            for number, steps in enumerate(([HELLO, ask(WEATHER)], [("wait", 0.2), WARM, hear("turn_complete"), HELLO]))
        ]
        for name, (fault, sessions) in IN_ORDER.items():
            own = await started(room, folder / f"{name}.yaml", f"faults: [{{named: {', '.join(fault)}}}]")
            plan[name] = [session.plan(own.url.replace("http:", "https:"), "any", folder) for session in sessions]
        (folder / "plan.json").write_text(json.dumps(plan))
        authority = str(emulator.certificates.ca_file)
        variables = bare_environment(folder) | {"SSL_CERT_FILE": authority, "NO_PROXY": "127.0.0.1"}
        return await told_by([*program, str(folder / "plan.json")], variables)


def document(name: str, more: str) -> str:
    """A scenario with one failure."""
    at = f", at: {AT[name]}" if name in AT else ""
    return f"scenario: {name}\n{more}\nfaults: [{{named: {name}{at}}}]"


async def started(room: AsyncExitStack, file: Path, scenario: str) -> Emulator:
    """An emulator in a hurry, until the room is left."""
    file.write_text(scenario, encoding="utf-8")
    # At this rate it would depend on the machine whether a client comes back too early for 3.8.
    early = {"behaviour.resumption.after_drop": 0.0}
    settings = Settings(
        port=0, scenario=str(file), rate=RATE_OF_TIME, voice="formant", recogniser="off", overrides=early
    )
    emulator = Emulator(settings)
    await emulator.start()
    room.push_async_callback(emulator.stop)
    return emulator
