"""A conversation without a session: what a responder sees, and what it replies."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from gemlive_emulator.scenario.builtin import respond
from gemlive_emulator.session.steps import Responder, Said, Say, Step, UserTurn


@dataclass
class Talk:
    """Takes turns with a responder and keeps the history."""

    responder: Responder = respond
    modality: str = "TEXT"
    model: str = "gemini-2.0-flash-live-001"
    voice: str = ""
    system_instruction: str = ""
    resumed: bool = False
    history: Sequence[Said] = field(default_factory=list)

    def steps(self, text: str, other_parts: int = 0) -> list[Step]:
        """The steps that answer a turn."""
        number = 1 + sum(said.role == "user" for said in self.history[-2_000:])
        reply = list(self.responder(UserTurn(text, number, other_parts=other_parts), self))
        spoken = "".join(step.text for step in reply if isinstance(step, Say))
        self.history = [*self.history, Said("user", text), Said("model", spoken, self.modality)]
        return reply

    def say(self, text: str, other_parts: int = 0) -> str:
        """The one text that answers a turn."""
        (step,) = self.steps(text, other_parts)
        assert isinstance(step, Say)
        return step.text
