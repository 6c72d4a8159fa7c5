"""The regular expressions of a scenario: what may be written, and the tree that it becomes.

They are Python's without what cannot be matched in linear time (look-around, back-references, possessive repeats).
``$`` is the end of the text. A single character is judged by Python's ``re``, so classes and case mean the same there.
"""

import re
from functools import lru_cache

from gemlive_emulator.records import dataclass

MAX_LENGTH = 1_000
"""Characters of one expression."""

MAX_SIZE = 500
"""Places of the automaton: repeats are written out, so ``(abc){100}`` counts 300."""

MAX_DEPTH = 40
"""Groups within groups."""

FLAGS: dict[str, int] = {"i": re.IGNORECASE.value, "m": re.MULTILINE.value, "s": re.DOTALL.value}
"""The letters that may follow ``/expression/``."""

_REPEATING = frozenset("*+?{")
_COUNT = re.compile(r"\{(\d{0,4})(,?)(\d{0,4})\}")
_GROUP_NAME = re.compile(r"\?P<\w+>")
_CHARACTER_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "f": "\f", "v": "\v"}
_HEX_DIGITS = {"x": 2, "u": 4}
_NO_LINEAR_TIME = "not supported, since it can take for ever"


class PatternError(ValueError):
    """A regular expression that cannot be used; the message says why and where."""


@dataclass(frozen=True, slots=True)
class Atom:
    """Exactly one character, judged by ``accepts``."""

    accepts: re.Pattern[str]


@dataclass(frozen=True, slots=True)
class Look:
    """A place without width: ``A`` start, ``Z`` end, ``^`` and ``$`` of a line, ``b`` and ``B`` word edge or none."""

    kind: str


@dataclass(frozen=True, slots=True)
class Chain:
    """One after the other."""

    parts: "tuple[Node, ...]"


@dataclass(frozen=True, slots=True)
class Choice:
    """One of these."""

    parts: "tuple[Node, ...]"


@dataclass(frozen=True, slots=True)
class Repeat:
    """At least ``least`` and at most ``most`` times; ``None`` is any number."""

    part: "Node"
    least: int
    most: int | None


Node = Atom | Look | Chain | Choice | Repeat


def parse(source: str, flags: int) -> Node:
    """Read an expression, written without its slashes.

    Raises:
        PatternError: it is malformed, too large, or asks for what has no linear time.
    """
    if len(source) > MAX_LENGTH:
        raise PatternError(f"a regular expression of {len(source)} characters; at most {MAX_LENGTH} are allowed")
    tree = _Reader(source, flags).whole()
    if size(tree) > MAX_SIZE:
        raise PatternError(f"the repeats make {size(tree)} places of it; at most {MAX_SIZE} are allowed")
    return tree


def size(node: Node) -> int:
    """How many places the automaton of this tree has."""
    match node:
        case Chain(parts):
            return sum(size(part) for part in parts)
        case Choice(parts):
            return 1 + sum(size(part) for part in parts)
        case Repeat(part, least, most):
            return (size(part) + 1) * (least + 1 if most is None else most)
        case _:
            return 1


@lru_cache(maxsize=4_096)
def _accepting(source: str, flags: int) -> re.Pattern[str]:
    """Expressions have much in common: letters."""
    return re.compile(source, flags)


class _Reader:
    """Reads one expression from left to right."""

    def __init__(self, source: str, flags: int) -> None:
        self._source = source
        self._flags = flags
        self._at = 0
        self._depth = 0

    def whole(self) -> Node:
        tree = self._choice()
        if self._at < len(self._source):
            raise self._wrong("')' without '('")
        return tree

    def _wrong(self, what: str) -> PatternError:
        return PatternError(f"{what}, at character {self._at + 1} of the regular expression")

    def _peek(self) -> str:
        return self._source[self._at : self._at + 1]

    def _take(self, what: str) -> bool:
        if self._source.startswith(what, self._at):
            self._at += len(what)
            return True
        return False

    def _choice(self) -> Node:
        parts = [self._chain()]
        while self._take("|"):
            parts.append(self._chain())
        return parts[0] if len(parts) == 1 else Choice(tuple(parts))

    def _chain(self) -> Node:
        parts: list[Node] = []
        while self._peek() not in ("", "|", ")"):
            parts.append(self._repeated(self._item()))
        return Chain(tuple(parts))

    def _repeated(self, part: Node) -> Node:
        bounds = self._bounds()
        if bounds is None:
            return part
        if self._peek() == "+":
            raise self._wrong(f"a possessive repeat is {_NO_LINEAR_TIME}")
        self._take("?")  # a lazy repeat finds the same texts, only shorter pieces of them
        if self._bounds() is not None:
            raise self._wrong("a repeat of a repeat; put the first in a group")
        return Repeat(part, *bounds)

    def _bounds(self) -> tuple[int, int | None] | None:
        if self._peek() not in _REPEATING:
            return None
        for sign, bounds in (("*", (0, None)), ("+", (1, None)), ("?", (0, 1))):
            if self._take(sign):
                return bounds
        count = _COUNT.match(self._source, self._at)
        if count is None or not (count[1] or count[2]):
            return None
        self._at = count.end()
        least = int(count[1] or 0)
        most = (int(count[3]) if count[3] else None) if count[2] else least
        if most is not None and most < least:
            raise self._wrong(f"a repeat from {least} to {most}")
        return least, most

    def _item(self) -> Node:
        if self._bounds() is not None:
            raise self._wrong("nothing before the repeat; write a backslash before a sign that is meant as such")
        sign = self._peek()
        if sign == "(":
            return self._group()
        if sign == "[":
            return self._class()
        self._at += 1
        if sign == "\\":
            return self._escape()
        if sign in "^$":
            return Look(self._edge(sign))
        return self._atom("." if sign == "." else re.escape(sign))

    def _edge(self, sign: str) -> str:
        if self._flags & re.MULTILINE:
            return sign
        return "A" if sign == "^" else "Z"

    def _atom(self, source: str) -> Atom:
        try:
            return Atom(_accepting(source, self._flags))
        except re.error as error:
            raise self._wrong(f"{error.msg} in {source}") from None

    def _group(self) -> Node:
        self._at += 1
        name = _GROUP_NAME.match(self._source, self._at)
        if name:
            self._at = name.end()
        elif not self._take("?:") and self._peek() == "?":
            raise self._wrong(f"'(?' for look-around or flags is {_NO_LINEAR_TIME}; flags go behind: /words/i")
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise self._wrong(f"more than {MAX_DEPTH} groups within groups")
        inner = self._choice()
        self._depth -= 1
        if not self._take(")"):
            raise self._wrong("'(' without ')'")
        return inner

    def _class(self) -> Node:
        """``[...]`` goes to Python's ``re``, with the signs escaped that it keeps for a later meaning."""
        body = re.compile(r"\[\^?\]?(?:\\.|[^\]\\])*\]", re.DOTALL).match(self._source, self._at)
        if body is None:
            raise self._wrong("'[' without ']'")
        if "--" in body[0]:
            raise self._wrong("two dashes in a class; write \\- for a dash")
        self._at = body.end()
        inner = re.sub(r"\\.|[\[&~|]", lambda sign: sign[0] if len(sign[0]) > 1 else "\\" + sign[0], body[0][1:])
        return self._atom("[" + inner)

    def _escape(self) -> Node:
        sign = self._peek()
        self._at += 1
        if sign in _HEX_DIGITS:
            return self._hexadecimal(_HEX_DIGITS[sign])
        if sign in _CHARACTER_ESCAPES:
            return self._atom(re.escape(_CHARACTER_ESCAPES[sign]))
        if sign and sign in "dDwWsS":
            return self._atom("\\" + sign)
        if sign and sign in "bBAZ":
            return Look(sign)
        if sign == "" or (sign.isascii() and sign.isalnum()):
            what = f"a back-reference is {_NO_LINEAR_TIME}" if sign.isdigit() else f"unknown escape \\{sign}"
            raise self._wrong(what)
        return self._atom(re.escape(sign))

    def _hexadecimal(self, digits: int) -> Node:
        written = self._source[self._at : self._at + digits]
        if len(written) < digits or not re.fullmatch(r"[0-9a-fA-F]+", written):
            raise self._wrong(f"{digits} hexadecimal digits must follow")
        self._at += digits
        return self._atom(re.escape(chr(int(written, 16))))
