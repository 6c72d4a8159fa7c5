"""A client of one scenario, in a session without a socket."""

import struct
from typing import Any

from gemlive_emulator.profiles.admit import Terms
from gemlive_emulator.scenario.engine import Scenario
from gemlive_emulator.session.behaviour import AT_ONCE
from gemlive_emulator.testing.playbook import Playbook

WRITES, SPEAKS = "models/gemini-2.0-flash-live-001", "models/gemini-2.5-flash-native-audio-latest"
TEXT = {"responseModalities": ["TEXT"]}
A_MOMENT = 0.01
EVERY_TONE_IS_SPEECH = {"behaviour.hearing.threshold_dbfs": -30.0, "behaviour.hearing.silence_ms": 500}


class Client:
    """A client of one scenario, whose functions answer when the test says so."""

    def __init__(
        self,
        scenario: Scenario,
        *functions: dict[str, Any] | str,
        model: str = WRITES,
        connection: int = 1,
        paced: bool = False,
        **setup: Any,
    ) -> None:
        self.responder = scenario.responder()
        overrides = {**scenario.timing, **EVERY_TONE_IS_SPEECH}
        terms = Terms(pace=None if paced else AT_ONCE, overrides=overrides)
        self.book = Playbook(self.responder, terms=terms, foreknown=self.responder.foreknown)
        declared = [{"name": one} if isinstance(one, str) else one for one in functions]
        tools = [{"functionDeclarations": declared}] if declared else []
        modality = {"generationConfig": TEXT} if model == WRITES else {"outputAudioTranscription": {}}
        self.book.open(model, tools=tools, **modality | setup)
        self._seen = 0

    def say(self, text: str) -> str:
        """Type a turn; gives what is said to it by now."""
        self.book.say(text)
        return self.news()

    def speak(self) -> str:
        """Say something aloud, for a second, and be silent; gives what is said by a moment after its end."""
        self.book.speak(struct.pack("<hh", 12_000, -12_000) * 8_000 + bytes(2 * 12_000))
        return self.news()

    def news(self, seconds: float = A_MOMENT) -> str:
        """What the model says within this time and was not asked for before."""
        self.book.advance(seconds)
        fresh = self.book.messages[self._seen :]
        self._seen = len(self.book.messages)
        return "".join(words_in(message.body) for message in fresh)

    @property
    def call(self) -> dict[str, Any]:
        """The latest call."""
        calls = [message.body["toolCall"] for message in self.book.messages if "toolCall" in message.body]
        call: dict[str, Any] = calls[-1]["functionCalls"][0]
        return call

    def give(self, response: dict[str, Any], **more: Any) -> str:
        """Answer the latest call; gives what is said to that."""
        answer = {"id": self.call["id"], "name": self.call["name"], "response": response, **more}
        self.book.receive({"toolResponse": {"functionResponses": [answer]}})
        return self.news()

    @property
    def ended(self) -> int:
        """How many turns have ended."""
        return sum("turnComplete" in message.body.get("serverContent", {}) for message in self.book.messages)

    def seen(self, key: str) -> bool:
        """Whether a message of this kind came."""
        return any(key in message.body for message in self.book.messages)


def words_in(body: dict[str, Any]) -> str:
    """What a message says, in writing or aloud."""
    content = body.get("serverContent", {})
    parts = content.get("modelTurn", {}).get("parts", [])
    written = "".join(part.get("text", "") for part in parts if not part.get("thought"))
    spoken: str = content.get("outputTranscription", {}).get("text", "")
    return written + spoken
