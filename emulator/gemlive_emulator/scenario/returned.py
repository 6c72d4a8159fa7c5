"""What functions returned before, as the conversation remembers it."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from gemlive_emulator.records import dataclass
from gemlive_emulator.scenario.asked import LOOK_BACK, Asked, formed
from gemlive_emulator.scenario.memory import Called, Memory
from gemlive_emulator.scenario.results import spoken
from gemlive_emulator.scenario.stems import meaning, name_words, stem
from gemlive_emulator.session.steps import Said
from gemlive_emulator.session.tools import ToolResult

_PAST = ("was", "were", "again", "did", "before", "earlier", "said", "returned")


@dataclass(frozen=True, slots=True)
class Returned:
    """What a function returned.

    Attributes:
        name: of the function.
        response: what it returned.
    """

    name: str
    response: Mapping[str, Any]

    @classmethod
    def of(cls, said: Said) -> "Returned":
        """Read an entry whose role is ``tool``."""
        name, _, response = said.text.partition(": ")
        return cls(name, json.loads(response))

    @property
    def told(self) -> str:
        """The sentence that is said of it."""
        return spoken((ToolResult("", self.name, self.response),))

    @property
    def about(self) -> frozenset[str]:
        """What the words of the function's name, and of the names in what it returned, mean."""
        named = [word for name in (self.name, *map(str, self.response)) for word in name_words(name)]
        return frozenset(meaning(stem(word)) for word in named)


def returned(history: Sequence[Said], since: Said | None = None) -> Iterator[tuple[int, Returned]]:
    """What functions returned, latest first, each with its place in the history; nothing is no result.

    Args:
        history: of the conversation.
        since: the entry behind which is looked.
    """
    for index in range(len(history) - 1, max(-1, len(history) - 1 - LOOK_BACK), -1):
        said = history[index]
        if said is since:
            return
        if said.role == "tool" and (result := Returned.of(said)).response:
            yield index, result


def overhear(memory: Memory, history: Sequence[Said]) -> None:
    """Note results that came while no reply took them: ``SILENT`` ones, and those of replies that had been cut.

    The history tells the function and not the call: of several calls without a result the latest has the latest.

    Args:
        memory: of the session.
        history: of the conversation, up to now.
    """
    given: set[int] = set()
    for called in reversed(memory.calls.values()):
        if called.is_open:
            at, known = next(((at, one) for at, one in _since(called, memory, history) if at not in given), (-1, None))
            if known is not None:
                given.add(at)
                called.result, called.overheard = ToolResult("", called.name, known.response), True


def _since(called: Called, memory: Memory, history: Sequence[Said]) -> Iterator[tuple[int, Returned]]:
    """What a function returned since a call of it was made, latest first, without what replies took from others."""
    others = [result.response for result in memory.taken[called.since :] if result.name == called.name]
    for at, known in returned(history, called.before):
        if known.name != called.name:
            continue
        if known.response in others:
            others.remove(known.response)
        else:
            yield at, known


def untold(asked: Asked, name: str) -> str:
    """What is to be said of the latest result of a function, if the model has not said it; ``""`` if it has.

    A result may be kept for later (``SILENT``): then the model knows it and needs not ask for it again.
    """
    history = asked.conversation.history
    for index, result in returned(history):
        if result.name == name:
            told = formed(result.told, asked.conversation.modality).strip()
            later = (history[at] for at in range(index + 1, len(history)))
            return "" if any(said.role == "model" and told in said.text for said in later) else result.told
    return ""


class ReturnedBefore:
    """The user asks once more for what a function returned: what was the temperature?"""

    cues = frozenset(_PAST)

    def why_not(self, asked: Asked) -> str | None:
        """Why it has nothing to say to this turn; ``None`` if it has."""
        return None if asked.has(*_PAST) and self._find(asked) else "asks for nothing that a function returned before"

    def answer(self, asked: Asked) -> str:
        """The latest result that is about a word of the question."""
        return self._find(asked)

    @staticmethod
    def _find(asked: Asked) -> str:
        results = [result for _, result in returned(asked.conversation.history)]
        if not results:
            return ""
        # As in the built-in responder: only sessions with functions pay for it.
        from gemlive_emulator.scenario.fitting import Part

        wanted = Part(asked.text).meanings
        return next((result.told for result in results if not wanted.isdisjoint(result.about)), "")
