"""What conditions look at: the user's turn, the conversation and what is remembered; as far as anybody knows."""

from collections.abc import Callable
from dataclasses import replace
from functools import cache, cached_property
from typing import Any, Generic, TypeVar

from gemlive_emulator.records import dataclass
from gemlive_emulator.scenario.automaton import Pattern
from gemlive_emulator.scenario.memory import Memory
from gemlive_emulator.scenario.spelling import folded, levelled, unsigned
from gemlive_emulator.session.hearing import is_placeholder, words_alone
from gemlive_emulator.session.steps import Conversation, Said, UserTurn
from gemlive_emulator.session.toolbox import EMPTY_TOOLBOX, Toolbox

T = TypeVar("T")
S = TypeVar("S")
"""What a condition looks at: a :class:`Seen`, or whoever knocks at the door."""

_UNKNOWN = "nobody knows the words that were said aloud"
_MOST_COMPARED = 4_096
"""Characters of a text that are compared to tell how near a miss is."""


def words_unknown(turn: UserTurn) -> bool:
    """Whether nobody knows a word of the turn: all of it was said aloud, and only its length is known."""
    return turn.heard is not None and is_placeholder(turn.text)


def known_words(turn: UserTurn) -> str:
    """What was said, typed or aloud, without the placeholders for words that nobody knows."""
    return turn.text if turn.heard is None else words_alone(turn.text)


def pairs_of(words: str) -> frozenset[str]:
    """The pairs of neighbouring letters of folded words: texts that are alike have many in common."""
    framed = f" {words[:_MOST_COMPARED]} "
    return frozenset(framed[at : at + 2] for at in range(len(framed) - 1))


class Wording:
    """Words in the forms in which conditions compare them; what several of them need is made once."""

    def __init__(self, text: str) -> None:
        self.text = text

    def has(self, pattern: Pattern) -> bool:
        """Whether the expression occurs."""
        found = self._searched.get(pattern.key)
        if found is None:
            found = pattern.can_be_in(self.levelled) and pattern.found_in(self.text)
            self._searched[pattern.key] = found
        return found

    @cached_property
    def _searched(self) -> dict[object, bool]:
        return {}

    @cached_property
    def folded(self) -> str:
        """The text in one case, blanks made single."""
        return folded(self.text)

    @cached_property
    def levelled(self) -> str:
        """The folded text in which no letters differ that are the same to a pattern without case."""
        return levelled(self.folded)

    @cached_property
    def unsigned(self) -> str:
        """The folded text without the signs at its end."""
        return unsigned(self.text)

    @cached_property
    def pairs(self) -> frozenset[str]:
        """Its pairs of letters, see :func:`pairs_of`."""
        return pairs_of(self.folded)


@dataclass(frozen=True, slots=True)
class Kept:
    """What is left of a conversation that only conditions look at, see :class:`Conversation`."""

    history: tuple[Said, ...] = ()
    model: str = ""
    voice: str = ""
    modality: str = ""
    system_instruction: str = ""
    resumed: bool = False
    tools: Toolbox = EMPTY_TOOLBOX
    connection: int = 1
    proactive: bool = False


class Seen:
    """A user's turn, and what is known besides, as the conditions look at it.

    Args:
        turn: what the user did.
        conversation: what was before it, and the session's setup.
        memory: what the session's replies remember.
    """

    def __init__(self, turn: UserTurn, conversation: Conversation, memory: Memory) -> None:
        self.turn = turn
        self.conversation = conversation
        self.memory = memory
        self._made: dict[object, Any] = {}

    def once(self, key: object, make: "Callable[[Seen], T]") -> T:
        """What is made of this, made once: the rules of a scenario ask for the same again and again."""
        made: T | None = self._made.get(key)
        if made is None:
            made = self._made[key] = make(self)
        return made

    @cached_property
    def text(self) -> Wording:
        """What was said, typed or aloud, as far as it is known."""
        return Wording(known_words(self.turn))

    @cached_property
    def heard(self) -> Wording:
        """What was said aloud, as far as it is known."""
        return Wording(words_alone(self.turn.heard.text) if self.turn.heard else "")

    def light(self, longest: int) -> "Seen":
        """The same without the history, of which only what the user said last is left, and with short texts.

        Args:
            longest: characters that are left of the turn and of what was said last.
        """
        talk, turn = self.conversation, self.turn
        last = next((said for said in reversed(talk.history) if said.role == "user"), None)
        if len(turn.text) > longest:
            heard = turn.heard and replace(turn.heard, text=turn.heard.text[:longest])
            turn = replace(turn, text=turn.text[:longest], heard=heard)
        kept = Kept(
            () if last is None else (replace(last, text=last.text[:longest]),),
            talk.model,
            talk.voice,
            talk.modality,
            talk.system_instruction,
            talk.resumed,
            talk.tools,
            talk.connection,
            talk.proactive,
        )
        return Seen(turn, kept, self.memory)


def _always(_: object) -> None:
    """Why there are no words, where there always are."""


@dataclass(frozen=True, slots=True, eq=False)
class Subject(Generic[S]):
    """Words that a condition can look at. Each is made once, and equal to itself only.

    Attributes:
        told: what they are called, in a sentence: ``the text``.
        look: the words.
        why_none: why there are no words that anything could fit; ``None`` if there are.
        said: whether they are words of the user, which a recogniser may be told beforehand.
        shown: whether reasons show what is there: short things, and no secrets.
    """

    told: str
    look: Callable[[S], Wording]
    why_none: Callable[[S], str | None] = _always
    said: bool = False
    shown: bool = False

    def unsigned(self, seen: S) -> str:
        """The words, folded, without the signs at their end."""
        return self.look(seen).unsigned


def _why_no_text(seen: Seen) -> str | None:
    return _UNKNOWN if words_unknown(seen.turn) else None


def _why_not_heard(seen: Seen) -> str | None:
    heard = seen.turn.heard
    if heard is None:
        return "nothing was said aloud"
    return _UNKNOWN if is_placeholder(heard.text) else None


TEXT: Subject[Seen] = Subject("the text", lambda seen: seen.text, _why_no_text, said=True)
"""All that was said, typed or aloud."""

HEARD: Subject[Seen] = Subject("what was heard", lambda seen: seen.heard, _why_not_heard, said=True)
"""What was said aloud."""


_NO_WORDS = Wording("")
"""What most states are; in every form, made once."""


def _fact(told: str, ask: Callable[[Seen], str], shown: bool = True) -> Subject[Seen]:
    def make(seen: Seen) -> Wording:
        text = ask(seen)
        return Wording(text) if text else _NO_WORDS

    return Subject(told, lambda seen: seen.once(told, make), shown=shown)


MODEL = _fact("the model", lambda seen: seen.conversation.model)
VOICE = _fact("the voice", lambda seen: seen.conversation.voice)
MODALITY = _fact("the modality", lambda seen: seen.conversation.modality)
SYSTEM = _fact("the system instruction", lambda seen: seen.conversation.system_instruction, shown=False)


@cache
def state_of(name: str) -> Subject[Seen]:
    """The value of a state; no words if it was never set."""
    return _fact(f"state {name}", lambda seen: seen.memory.get(name))
