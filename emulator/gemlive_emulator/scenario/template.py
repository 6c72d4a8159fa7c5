"""Texts with placeholders from a fixed list.

A template is taken apart when the scenario is loaded, and put together by joining: nothing that a client sent is ever
read as a template, and nothing but the names below can be reached.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from gemlive_emulator.scenario.asked import said_by_user
from gemlive_emulator.scenario.errors import nearest
from gemlive_emulator.scenario.memory import Memory
from gemlive_emulator.session.steps import Conversation, UserTurn

_PIECES = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|[{}]")


class TemplateError(ValueError):
    """A template with an unknown placeholder or a stray brace. ``right`` says what would be right."""

    def __init__(self, wrong: str, right: str) -> None:
        super().__init__(wrong)
        self.right = right


@dataclass(frozen=True, slots=True)
class Scene:
    """What placeholders are filled from.

    Attributes:
        turn: what is answered.
        conversation: what was said before it.
        memory: what the replies of this session remember.
        place: where the steps stand, for messages: ``rule 2``, ``otherwise`` or ``exchange 3``.
    """

    turn: UserTurn
    conversation: Conversation
    memory: Memory = field(default_factory=Memory)
    place: str = "the scenario"


def _last_user(scene: Scene) -> str:
    return next((said.text for said in said_by_user(scene.conversation.history)), "")


PLACEHOLDERS: dict[str, Callable[[Scene], str]] = {
    "turn.text": lambda scene: scene.turn.text,
    "turn.seconds": lambda scene: f"{scene.turn.speech_seconds:.2f}",
    "turn.number": lambda scene: str(scene.turn.number),
    "model": lambda scene: scene.conversation.model,
    "voice": lambda scene: scene.conversation.voice,
    "history.last_user": _last_user,
}
"""Every name that may stand between braces."""


@dataclass(frozen=True, slots=True)
class Template:
    """A text whose placeholders are known. ``written`` is the text as it stands in the file."""

    written: str
    _parts: tuple[str | Callable[[Scene], str], ...]

    @classmethod
    def parse(cls, written: str) -> "Template":
        """Take a text apart. ``{{`` and ``}}`` are braces.

        Raises:
            TemplateError: an unknown placeholder, or a brace without its partner.
        """
        parts: list[str | Callable[[Scene], str]] = []
        done = 0
        for piece in _PIECES.finditer(written):
            parts += [written[done : piece.start()], _part(piece)]
            done = piece.end()
        parts.append(written[done:])
        return cls(written, tuple(part for part in parts if part != ""))

    def fill(self, scene: Scene) -> str:
        """The text with every placeholder replaced, once: what comes in by a placeholder stays as it is."""
        return "".join(part if isinstance(part, str) else part(scene) for part in self._parts)


def _part(piece: "re.Match[str]") -> str | Callable[[Scene], str]:
    if piece[0] in ("{{", "}}"):
        return piece[0][0]
    if piece[1] is None:
        raise TemplateError(f"a single '{piece[0]}'", f"write '{piece[0] * 2}' for a brace that is to be said")
    name = piece[1].strip()
    if name not in PLACEHOLDERS:
        advice = nearest(name, PLACEHOLDERS)
        raise TemplateError(f"unknown placeholder {{{name}}}", f"{advice}; for a brace write '{{{{'")
    return PLACEHOLDERS[name]
