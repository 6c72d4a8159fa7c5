"""docs/reference/settings.md: the fields of Settings."""

import ast
import inspect
import re
from dataclasses import MISSING, fields

import click

from gemlive_emulator.cli.main import main
from gemlive_emulator.server import keys, settings, taping
from gemlive_emulator.server.settings import Settings
from reference_pages.markdown import attributes, code, page, plain, said_below, sentence, table

ABOUT = """\
The fields of `gemlive_emulator.Settings`, each with the option of [`serve` and `exec`](cli.md#serve) that sets it.
In Python they are said to `Emulator(Settings(...))` or, in a test, by the
[marker `gemlive(...)`](../testing.md#the-marker)."""

_SEE = re.compile(r"see :data:`(\w+)`")


def settings_page() -> str:
    """The page."""
    aliases = said_below(settings) | said_below(taping) | said_below(keys)
    raw = dict(re.findall(r"^    (\w+): (.*(?:\n {8}.*)*)", inspect.getdoc(Settings) or "", re.MULTILINE))
    options = _options()
    written = _written()
    rows = []
    for field in fields(Settings):
        words = _SEE.sub(lambda found: aliases[found[1]].rstrip("."), raw[field.name])
        default = "`{}`" if field.default is MISSING else code(repr(field.default))
        rows.append(
            (code(field.name), written[field.name], default, options.get(field.name, ""), sentence(plain(words)))
        )
    assert set(attributes(Settings)) == {field.name for field in fields(Settings)}
    return page("Settings", ABOUT, table(("setting", "type", "default", "option", "what it does"), rows))


def _options() -> dict[str, str]:
    """The option of ``serve`` for each setting that has one."""
    command = main.get_command(click.Context(main), "serve")
    assert command is not None
    return {option.name: code(option.opts[-1]) for option in command.params if option.name}


def _written() -> dict[str, str]:
    """The types as they are written; of a literal its words."""
    tree = ast.parse(inspect.getsource(settings)).body
    [own] = [node for node in tree if isinstance(node, ast.ClassDef)]
    names = {node.target.id: ast.unparse(node.annotation) for node in own.body if isinstance(node, ast.AnnAssign)}
    return {name: _words(written) for name, written in names.items()}


def _words(written: str) -> str:
    alias = getattr(settings, written, None)
    literal = getattr(alias, "__args__", None) if not isinstance(alias, type) else None
    return ", ".join(code(repr(word)) for word in literal) if literal else code(written)
