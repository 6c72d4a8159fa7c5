"""The book-keeping of a conversation: what was said becomes history, and history becomes the usage of a turn."""

import json
from collections.abc import Iterable

from gemlive_emulator.session.admission import Window
from gemlive_emulator.session.asked import Asked, role_of, text_of
from gemlive_emulator.session.behaviour import Behaviour
from gemlive_emulator.session.history import History
from gemlive_emulator.session.sent import Sent
from gemlive_emulator.session.steps import Count, Said
from gemlive_emulator.session.tokens import audio_tokens, count_tokens
from gemlive_emulator.session.tools import ToolResult
from gemlive_emulator.session.usage import Usage
from gemlive_emulator.wire.common import Content


class Account:
    """Keeps the history of one session and counts it.

    Args:
        history: to go on from.
        behaviour: what things cost in this family.
        modality: of the answers.

    Attributes:
        history: everything said so far.
        usage: of the turn that runs.
        instruction_tokens: of the system instruction, which counts with every prompt.
        told: what the usage of the turn that runs says, whatever was counted; ``None`` for what was.
    """

    def __init__(self, history: History, behaviour: Behaviour, modality: str) -> None:
        self.history = history
        self.usage = Usage()
        self.instruction_tokens = 0
        self.told: Count | None = None
        self._behaviour = behaviour
        self._modality = modality

    def next_number(self) -> int:
        """The number of the user turn that comes now."""
        self.history.turns += 1
        return self.history.turns

    def remember(self, entries: Iterable[Content]) -> None:
        """Keep entries that the client sent."""
        for entry in entries:
            self._add(role_of(entry), text_of(entry))

    def remember_turn(self, asked: Asked) -> None:
        """Keep the user's turn, answered or not."""
        turn = asked.turn
        if turn.text or asked.audio_tokens:
            spoken = turn.heard is not None
            self._add("user", turn.text, asked.audio_tokens if spoken else None, "AUDIO" if spoken else "TEXT")
        if turn.other_parts:
            self.history.count("IMAGE", turn.other_parts * self._behaviour.image_tokens)

    def fit(self, window: Window) -> bool:
        """Make the context fit into its window; gives whether it does.

        Documented: the oldest turns go when the trigger is passed, until the target is met.
        """
        fixed = self._behaviour.base_tokens + self.instruction_tokens + self._behaviour.unlisted_tokens
        if window.trigger is not None and self._size + fixed > window.trigger:
            self.history.compress(window.target - fixed)
        return self._size + fixed <= window.tokens

    @property
    def _size(self) -> int:
        return sum(self.history.tokens.values())

    def open(self) -> None:
        """A turn begins: its prompt is the whole context again, as every recording counts it."""
        self.told = None
        counted = self.history.tokens
        text = counted.get("TEXT", 0) + self._behaviour.base_tokens + self.instruction_tokens
        self.usage = Usage(prompt={"TEXT": 0} | counted | {"TEXT": text}, unlisted=self._behaviour.unlisted_tokens)

    def close(self, sent: Sent, heard_until: float) -> Usage:
        """A turn is over: keep what the client can have heard of it by this moment; gives what it cost."""
        said = sent.heard(heard_until)
        audio = audio_tokens(sent.audio_seconds)
        usage = self.usage
        usage.thoughts = sent.thought_tokens
        spoken = self._modality == "AUDIO"
        if spoken:
            text = count_tokens(said) if self._behaviour.spoken_text_counts else 0
            usage.response = {"TEXT": text, "AUDIO": audio} if text else {"AUDIO": audio}
        else:
            text = count_tokens(said)
            usage.response = {"TEXT": text} if said else {}
        self._count_calls(sent.call_tokens)
        if said or audio:
            self._add("model", said, audio if spoken else text, self._modality)
        return self._as_told(usage)

    def remember_results(self, results: Iterable[ToolResult]) -> None:
        """Keep what functions returned."""
        for result in results:
            text = f"{result.name}: {json.dumps(dict(result.response), default=str)}"
            self.history.add(Said("tool", text), self._behaviour.content_tokens)

    def _count_calls(self, tokens: int) -> None:
        """Calls are part of the answer (recorded: as text on 2.5 and Vertex, in the sum alone on 3.1)."""
        if not tokens:
            return
        if self._behaviour.calling.listed:
            counted = self.usage.response
            self.usage.response = {"TEXT": counted.get("TEXT", 0) + tokens} | {
                modality: count for modality, count in counted.items() if modality != "TEXT"
            }
        else:
            self.usage.unlisted_response = tokens

    def _as_told(self, usage: Usage) -> Usage:
        told = self.told
        if told is not None:
            usage.prompt = usage.prompt if told.prompt is None else dict(told.prompt)
            usage.response = usage.response if told.response is None else dict(told.response)
            usage.thoughts = usage.thoughts if told.thoughts is None else told.thoughts
        return usage

    def _add(self, role: str, text: str, tokens: int | None = None, modality: str = "TEXT") -> None:
        said = Said("model" if role == "model" else "user", text, modality)
        self.history.add(said, self._behaviour.content_tokens, tokens)
