"""Texts with placeholders from a fixed list.

A template is taken apart when the scenario is loaded, and put together by joining: nothing that a client sent is ever
read as a template, and nothing but the names below can be reached.
"""

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import field
from typing import Any

from gemlive_emulator.records import dataclass
from gemlive_emulator.scenario.asked import said_by_user
from gemlive_emulator.scenario.errors import nearest
from gemlive_emulator.scenario.memory import Memory
from gemlive_emulator.scenario.references import FORMS, Reference, SceneError, spoken
from gemlive_emulator.session.steps import Conversation, UserTurn

_PIECES = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|[{}]")
STATE = "state."
"""What comes before the name of a state."""
WORDS = "words."
"""What comes before the name of a hole."""
STATE_NAME = re.compile(r"\w+(?:[.-]\w+)*")
"""What a state may be called."""


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
        words: what stands in the holes of the texts that the condition of the steps looks for.
    """

    turn: UserTurn
    conversation: Conversation
    memory: Memory = field(default_factory=Memory)
    place: str = "the scenario"
    words: Mapping[str, str] = field(default_factory=dict)


def _last_user(scene: Scene) -> str:
    return next((said.text for said in said_by_user(scene.conversation.history)), "")


def _tools(scene: Scene) -> str:
    tools = scene.conversation.tools
    return ", ".join([*tools.functions, *sorted(tools.google)])


PLACEHOLDERS: dict[str, Callable[[Scene], str]] = {
    "turn.text": lambda scene: scene.turn.text,
    "turn.seconds": lambda scene: f"{scene.turn.speech_seconds:.2f}",
    "turn.number": lambda scene: str(scene.turn.number),
    "model": lambda scene: scene.conversation.model,
    "voice": lambda scene: scene.conversation.voice,
    "modality": lambda scene: scene.conversation.modality,
    "system": lambda scene: scene.conversation.system_instruction,
    "tools": _tools,
    "connection": lambda scene: str(scene.conversation.connection),
    "history.last_user": _last_user,
}
"""Every name that may stand between braces, beside those of :data:`PLACEHOLDER_FORMS`."""

PLACEHOLDER_FORMS = (*FORMS, f"{STATE}NAME", f"{WORDS}NAME")
"""Placeholders with a part that the scenario chooses, as they are written."""


@dataclass(frozen=True, slots=True)
class FromHole:
    """What the user said where a hole is.

    Attributes:
        name: of the hole.
    """

    name: str

    def __call__(self, scene: Scene) -> str:
        """The words.

        Raises:
            SceneError: no text that the condition looks for has such a hole.
        """
        if self.name not in scene.words:
            raise SceneError(f"{{{WORDS}{self.name}}}: {no_hole(self.name)}; {where_holes(scene.words)}")
        return scene.words[self.name]


def no_hole(name: str) -> str:
    """What is wrong with the name of a hole."""
    return f"the condition of these steps has no hole called '{name}'"


def where_holes(known: Collection[str]) -> str:
    """What would be right."""
    return f"it has {', '.join(sorted(known))}" if known else "holes are in its text, such as {like: 'call me {name}'}"


@dataclass(frozen=True, slots=True)
class Template:
    """A text whose placeholders are known.

    Attributes:
        written: the text as it stands in the file.
        references: what it takes from calls.
    """

    written: str
    _parts: tuple[str | Reference | Callable[[Scene], str], ...]

    @classmethod
    def parse(cls, written: str) -> "Template":
        """Take a text apart. ``{{`` and ``}}`` are braces.

        Raises:
            TemplateError: an unknown placeholder, or a brace without its partner.
        """
        parts: list[str | Reference | Callable[[Scene], str]] = []
        done = 0
        for piece in _PIECES.finditer(written):
            parts += [written[done : piece.start()], _part(piece)]
            done = piece.end()
        parts.append(written[done:])
        return cls(written, tuple(part for part in parts if part != ""))

    @property
    def references(self) -> tuple[Reference, ...]:
        """What it takes from calls."""
        return tuple(part for part in self._parts if isinstance(part, Reference))

    @property
    def holes(self) -> tuple[str, ...]:
        """The names of the holes of which it takes the words."""
        return tuple(part.name for part in self._parts if isinstance(part, FromHole))

    @property
    def plain(self) -> str | None:
        """The text, if it has no placeholders."""
        texts = [part for part in self._parts if isinstance(part, str)]
        return "".join(texts) if len(texts) == len(self._parts) else None

    def fill(self, scene: Scene) -> str:
        """The text with every placeholder replaced, once: what comes in by a placeholder stays as it is.

        Raises:
            SceneError: a call, or a value in it, that is not there.
        """
        return "".join([part if isinstance(part, str) else spoken(_value(part, scene)) for part in self._parts])

    def value(self, scene: Scene) -> Any:
        """The same, but a reference that is the whole text keeps its kind: a number, a list, a mapping.

        Raises:
            SceneError: see :meth:`fill`.
        """
        if len(self._parts) == 1 and isinstance(self._parts[0], Reference):
            return _value(self._parts[0], scene)
        return self.fill(scene)


def _value(part: Reference | Callable[[Scene], str], scene: Scene) -> Any:
    return part.value(scene.memory) if isinstance(part, Reference) else part(scene)


def _part(piece: "re.Match[str]") -> str | Reference | Callable[[Scene], str]:
    if piece[0] in ("{{", "}}"):
        return piece[0][0]
    if piece[1] is None:
        raise TemplateError(f"a single '{piece[0]}'", f"write '{piece[0] * 2}' for a brace that is to be said")
    name = piece[1].strip()
    known = PLACEHOLDERS.get(name) or Reference.parse(name) or _state(name) or _hole(name)
    if known is None:
        advice = nearest(name, [*PLACEHOLDERS, *PLACEHOLDER_FORMS])
        raise TemplateError(f"unknown placeholder {{{name}}}", f"{advice}; for a brace write '{{{{'")
    return known


def _hole(name: str) -> FromHole | None:
    hole = name.removeprefix(WORDS)
    return FromHole(hole) if hole != name and hole.isidentifier() else None


def _state(name: str) -> Callable[[Scene], str] | None:
    state = name.removeprefix(STATE)
    if state == name or STATE_NAME.fullmatch(state) is None:
        return None
    return lambda scene: scene.memory.get(state)
