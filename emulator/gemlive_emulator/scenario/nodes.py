"""From the text of a file to plain values whose places are known: texts, lists, mappings, nothing.

YAML 1.2, and so JSON. Every scalar stays the text that was written (``1.10`` is not 1.1, and ``no`` is a word); what a
key wants of it is for the model to say. Tags make no objects, and aliases count as often as they are used.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

from gemlive_emulator.scenario.errors import shown
from gemlive_emulator.scenario.quick_reading import compose, read_json, read_yaml, whole, without_quirks
from gemlive_emulator.scenario.scalars import scalar

if TYPE_CHECKING:
    from ruamel.yaml.error import YAMLError
    from ruamel.yaml.nodes import Node as CarefulNode
    from yaml.nodes import Node as QuickNode

    Node = CarefulNode | QuickNode

MAX_VALUES = 400_000
"""Values in one file, an aliased one counted each time: ten aliases of ten of ten... end here."""

MAX_DEPTH = 50
"""Mappings and lists within each other."""

_YAML = "tag:yaml.org,2002:"
_TAGS = {_YAML + name for name in ("str", "int", "float", "bool", "null", "timestamp", "value", "merge", "map", "seq")}


class NodeError(Exception):
    """The text is no file of plain values. ``line`` and ``column`` count from 1; 0 is the file as a whole."""

    def __init__(self, line: int, column: int, code: str, wrong: str, right: str = "") -> None:
        super().__init__(wrong)
        self.line = line
        self.column = column
        self.code = code
        self.wrong = wrong
        self.right = right


class Document:
    """One document of a file.

    Attributes:
        value: the document as plain values.
    """

    def __init__(self, value: Any, find_node: "Callable[[], Node | None]") -> None:
        self.value = value
        self._find_node = find_node

    def place_of(self, trail: tuple[str | int, ...], key: str | None = None) -> tuple[int, int]:
        """Line and column, from 1, of the value at the end of the trail, or of its key ``key``; 0 if nobody knows.

        A step that leads nowhere (a missing key, a value that stands for a list of one) is left out.
        """
        node = self._find_node()
        if node is None:
            return 0, 0
        for step in trail:
            node = _child(node, step) or node
        if key is not None and _kind(node) == "mapping":
            node = next((name for name, _ in node.value if name.value == key), node)
        return node.start_mark.line + 1, node.start_mark.column + 1


def documents(text: str) -> Iterator[Document]:
    """Each document that is not empty.

    Raises:
        NodeError: it is not YAML, has tags, a key twice, or more values than allowed.
    """
    value = read_json(text, MAX_VALUES, MAX_DEPTH)
    values = read_yaml(text, MAX_VALUES, MAX_DEPTH) if value is None else [value]
    if values is None:
        yield from _read_with_care(text)
        return
    places = _Places(text if value is None else without_quirks(text))
    for number, one in enumerate(values):
        if one is not None:
            yield Document(one, partial(places.node, number))


class _Places:
    """The nodes of a file that was read without them, made when the first place is asked for."""

    def __init__(self, text: str) -> None:
        self._text = text

    def node(self, number: int) -> "Node | None":
        """The top of a document, counted from 0; ``None`` if there is no knowing."""
        return self._nodes[number] if self._nodes else None

    @cached_property
    def _nodes(self) -> "Sequence[Node]":
        from ruamel.yaml.error import YAMLError

        try:
            return compose(self._text) or list(_careful_nodes(self._text))
        except YAMLError:  # JSON that is no YAML, such as one with a key of a thousand characters
            return ()


def _careful_nodes(text: str) -> "Iterator[CarefulNode]":
    from ruamel.yaml import YAML

    reader = YAML(typ="safe", pure=True)
    reader.composer.warn_double_anchors = False
    nodes: Iterator[CarefulNode] = reader.compose_all(text)
    return nodes


def _read_with_care(text: str) -> Iterator[Document]:
    """Each document by the reader that knows YAML 1.2 to the letter, and says well what is wrong."""
    from ruamel.yaml.error import YAMLError

    plainer = _Plainer()
    try:
        for node in _careful_nodes(text):
            value = plainer.value(node, 0)
            if value is not None:
                yield Document(value, partial(_itself, node))
    except YAMLError as error:
        raise _not_yaml(error, text) from None
    except RecursionError:
        raise NodeError(
            0, 0, "file-limits", "lists or mappings far too deep within each other", "write less deep"
        ) from None


def _itself(node: "Node") -> "Node":
    return node


def _kind(node: "Node") -> str:
    """``mapping``, ``sequence`` or ``scalar``."""
    return str(getattr(node, "id", ""))


def _child(node: "Node", step: str | int) -> "Node | None":
    if _kind(node) == "mapping":
        return next((value for name, value in node.value if name.value == step), None)
    if _kind(node) == "sequence" and isinstance(step, int) and step < len(node.value):
        found: Node = node.value[step]
        return found
    return None


class _Plainer:
    """Makes plain values of nodes and counts them."""

    def __init__(self) -> None:
        self._count = 0

    def value(self, node: "Node", depth: int) -> Any:
        self._count += 1
        if self._count > MAX_VALUES:
            raise _at(node, "file-limits", f"more than {MAX_VALUES} values, aliases counted", "divide the file")
        if depth > MAX_DEPTH:
            raise _at(
                node, "file-limits", f"more than {MAX_DEPTH} lists or mappings within each other", "write less deep"
            )
        if str(node.tag) not in _TAGS:
            raise _at(node, "bad-yaml", f"the tag {node.tag} is not allowed", "write the value without a tag")
        if _kind(node) == "mapping":
            return self._mapping(node, depth)
        if _kind(node) == "sequence":
            return [self.value(entry, depth + 1) for entry in node.value]
        if str(node.tag) == _YAML + "null":
            return None
        text = whole(node.value)
        return text if getattr(node, "style", None) or str(node.tag) == _YAML + "str" else scalar(text)

    def _mapping(self, node: "Node", depth: int) -> dict[str, Any]:
        found: dict[str, Any] = {}
        lines: dict[str, int] = {}
        for name, value in node.value:
            if _kind(name) != "scalar":
                right = "a text that begins with a brace or a bracket must stand in quotes"
                raise _at(name, "bad-yaml", "a key must be a word", right)
            key = whole(name.value)
            if key in found:
                wrong = f"the key '{key}' stands here twice, first in line {lines[key]}"
                raise _at(name, "bad-yaml", wrong, "join the two, or take one out")
            lines[key] = name.start_mark.line + 1
            found[key] = self.value(value, depth + 1)
        return found


def _at(node: "Node", code: str, wrong: str, right: str = "") -> NodeError:
    return NodeError(node.start_mark.line + 1, node.start_mark.column + 1, code, wrong, right)


def _not_yaml(error: "YAMLError", text: str) -> NodeError:
    mark = getattr(error, "problem_mark", None)
    if mark is not None:
        context = getattr(error, "context", None)
        if "quoted scalar" in (context or ""):  # noticed at the end of the file; the quotation mark is the place
            mark = getattr(error, "context_mark", None) or mark
        wrong = ": ".join(part for part in (context, getattr(error, "problem", None)) if part)
        right = _advice(wrong, "".join(text.split("\n")[mark.line : mark.line + 1]))
        return NodeError(mark.line + 1, mark.column + 1, "bad-yaml", f"not YAML: {wrong}", right)
    before = text[: getattr(error, "position", 0)]
    wrong = f"not YAML: {getattr(error, 'reason', error)}"
    right = "take this character out, or write it as an escape between double quotes"
    return NodeError(before.count("\n") + 1, len(before) - before.rfind("\n"), "bad-yaml", wrong, right)


_ADVICE = (
    ("mapping values", "a text with ': ' in it must stand in quotes"),
    ("\\t", "indent with blanks, not tabs"),
    ("cannot start any token", "a text that begins with this sign must stand in quotes"),
    ("quoted scalar", "close the quotation mark; one that is meant as such is written twice between single ones"),
    ("alias", "a text that begins with * must stand in quotes, and an alias needs its &name before it"),
    ("but found '<block mapping start>'", "indent it as far as the line that it belongs with"),
    ("but found '-'", "indent it as far as the line that it belongs with"),
    ("<block end>", "a text that begins with a brace, a bracket or a quotation mark must stand in quotes as a whole"),
    ("while parsing a flow", "each bracket and each brace is closed by its own, and commas stand between"),
    ("could not find expected ':'", "put ': ' behind the key, or '- ' before an entry of a list"),
)
"""What a message of the YAML reader has in it, and what would be right: for the slips that are made most."""


_LIST_ON_THE_LINE = re.compile(r"\s*(?:- )?(then|reply|otherwise|rules|script|faults|if_\w+):\s+(\w+:.*)")


def _advice(wrong: str, line: str) -> str:
    """What would be right, by what the reader says and by the line in which it stopped."""
    listed = _LIST_ON_THE_LINE.match(line)
    if listed and "mapping values" in wrong:
        right = f"put its entries on lines of their own, each behind '- ': {shown('- ' + listed[2])}"
        return f"behind '{listed[1]}' a list is needed; {right}"
    return next((right for sign, right in _ADVICE if sign in wrong), "")
