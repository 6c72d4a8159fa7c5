"""A conversation without a session: what a responder sees, and what it replies."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from gemlive_emulator.scenario.builtin import respond
from gemlive_emulator.session.hearing import Source, Words, placeholder
from gemlive_emulator.session.steps import Responder, Said, Say, Step, UserTurn
from gemlive_emulator.session.toolbox import EMPTY_TOOLBOX, Toolbox


@dataclass
class Talk:
    """Takes turns with a responder and keeps the history."""

    responder: Responder = respond
    modality: str = "TEXT"
    model: str = "gemini-2.0-flash-live-001"
    voice: str = ""
    system_instruction: str = ""
    resumed: bool = False
    proactive: bool = False
    tools: Toolbox = EMPTY_TOOLBOX
    connection: int = 1
    history: Sequence[Said] = field(default_factory=list)

    def steps(self, text: str, other_parts: int = 0) -> list[Step]:
        """The steps that answer a turn."""
        return self._take(UserTurn(text, self._number, other_parts=other_parts), "TEXT")

    def hear(self, text: str | None = None, seconds: float = 1.84, frames: int = 0) -> list[Step]:
        """The steps that answer what was said aloud; ``None`` for words that nobody knows."""
        turn = spoken(text, seconds, number=self._number, other_parts=frames)
        return self._take(turn, "AUDIO")

    @property
    def _number(self) -> int:
        return 1 + sum(said.role == "user" for said in self.history[-2_000:])

    def _take(self, turn: UserTurn, modality: str) -> list[Step]:
        reply = list(self.responder(turn, self))
        answer = "".join(step.text for step in reply if isinstance(step, Say))
        self.history = [*self.history, Said("user", turn.text, modality), Said("model", answer, self.modality)]
        return reply

    def say(self, text: str, other_parts: int = 0) -> str:
        """The one text that answers a turn."""
        (step,) = self.steps(text, other_parts)
        assert isinstance(step, Say)
        return step.text


def spoken(
    text: str | None = None, seconds: float = 1.84, by: Source = "script", number: int = 1, other_parts: int = 0
) -> UserTurn:
    """A turn that was said aloud; ``None`` for words that nobody knows."""
    heard = placeholder(seconds) if text is None else Words(text, by)
    return UserTurn(heard.text, number, "speech", other_parts, heard, seconds)
