"""Texts with holes in them: ``a table for {people} at {time}``, and what the user says where the holes are."""

import re
from collections.abc import Mapping

from gemlive_emulator.records import dataclass
from gemlive_emulator.scenario.automaton import MAX_TEXT

_HOLE = re.compile(r"\{(\w+)\}")
_SIGNS = ".,!?;:…\"'()[]“”‘’„«»¿¡。！？、，"  # noqa: RUF001 - signs of other scripts are meant
_ENDS = (".", "!", "?", "…", "。", "！", "？")  # noqa: RUF001 - the same


class LikenessError(ValueError):
    """A text with holes that cannot be looked for. ``right`` says what would be right."""

    def __init__(self, wrong: str, right: str) -> None:
        super().__init__(wrong)
        self.right = right


@dataclass(frozen=True, slots=True)
class Likeness:
    """Words with holes between them.

    A hole takes one word or more, as few as the words behind it let it; one at the end takes what is left of the
    sentence. Case, blanks and signs around words do not count. Words are looked for where they stand first: no text
    costs more than its length.

    Attributes:
        written: as it stands in the file.
        holes: their names, in order.
        words: what stands before the first hole, between them and behind the last; empty where nothing does.
    """

    written: str
    holes: tuple[str, ...]
    words: tuple[tuple[str, ...], ...]

    @classmethod
    def parse(cls, written: str) -> "Likeness":
        """Take a text apart.

        Raises:
            LikenessError: there is no hole or nothing else in it, two holes stand side by side or have one name, or a
                brace is no hole.
        """
        holes: list[str] = []
        words: list[list[str]] = [[]]
        for token in written.split():
            bare = token.strip(_SIGNS)
            if (hole := _HOLE.fullmatch(bare)) is not None:
                if holes and not words[-1]:
                    raise LikenessError("two holes side by side", "put a word between them, or leave one out")
                if hole[1] in holes:
                    raise LikenessError(f"two holes called '{hole[1]}'", "give one of them another name")
                holes.append(hole[1])
                words.append([])
            elif "{" in token or "}" in token:
                raise LikenessError(f"'{token}' is no hole", "write {NAME}, with blanks around it")
            elif bare:
                words[-1].append(bare.casefold())
        if not holes or not any(words):
            raise LikenessError("a hole and words around it are needed", "write such as: a table for {people}")
        return cls(written, tuple(holes), tuple(map(tuple, words)))

    def found_in(self, text: str) -> Mapping[str, str] | None:
        """What stands in the holes; ``None`` where the text is not like this."""
        said = [(bare, word) for word in text[:MAX_TEXT].split() if (bare := word.strip(_SIGNS))]
        line = " ".join(["", *(bare.casefold() for bare, _ in said), ""])
        given: dict[str, str] = {}
        begins, at = 0, 0  # the word at which a hole begins, and the blank before it
        for hole, words in zip(("", *self.holes), self.words, strict=True):
            ends, after = begins, at
            if words:
                wanted = " ".join(["", *words, ""])
                # A hole has at least one word.
                found = line.find(wanted, line.find(" ", at + 1) if hole else 0)
                if found < 0:
                    return None
                ends, after = begins + line.count(" ", at, found), found + len(wanted) - 1
            elif hole:
                ends = _end_of_sentence(said, begins)
                if ends == begins:
                    return None
            if hole:
                given[hole] = _joined([word for _, word in said[begins:ends]])
            begins, at = ends + len(words), after
        return given


def _end_of_sentence(said: list[tuple[str, str]], begins: int) -> int:
    """Behind which word the sentence ends; a point behind such as ``p.m`` ends none."""
    for at in range(begins, len(said)):
        bare, word = said[at]
        if word.rstrip("\"')]”’»").endswith(_ENDS) and not _is_short(bare, word):  # noqa: RUF001 - quotes are meant
            return at + 1
    return len(said)


def _is_short(bare: str, word: str) -> bool:
    """Whether it is an abbreviation with its points: ``p.m.``."""
    return "." in bare and word.endswith(f"{bare}.")


def _joined(words: list[str]) -> str:
    text = " ".join(words)
    bare = text.strip(_SIGNS)
    last = words[-1]
    return f"{bare}." if _is_short(last.strip(_SIGNS), last) else bare
