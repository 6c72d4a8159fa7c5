"""docs/reference/cli.md: what --help says of every command."""

import inspect

import click

from gemlive_emulator.cli.main import COMMANDS, main
from reference_pages.markdown import code, page, plain, table

ABOUT = "What `--help` says. [cli.md](../cli.md) explains the commands, with examples and what they print."


def cli_page() -> str:
    """The page."""
    return page("Command line", ABOUT, *map(_command, COMMANDS))


def _command(name: str) -> str:
    command = main.get_command(click.Context(main), name)
    assert command is not None
    parts = [f"## {name}", *_subcommands(command, f"gemlive-emulator {name}")]
    return "\n\n".join(parts)


def _subcommands(command: click.Command, path: str) -> list[str]:
    context = click.Context(command, info_name=path)
    usage = " ".join(command.collect_usage_pieces(context))
    parts = [code(f"{path} {usage}"), *map(_paragraph, inspect.cleandoc(command.help or "").split("\n\n"))]
    rows = _rows(command, context)
    if command.name == "exec":
        serve = main.get_command(context, "serve")
        assert serve is not None
        shared = _rows(serve, context)
        parts.append("It has the options of [serve](#serve), but for `--ready-file`; its port is a free one.")
        rows = [row for row in rows if row not in shared]
    if rows:
        parts.append(table(("option", "what it does"), rows))
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            inner = command.get_command(context, name)
            assert inner is not None
            parts += _subcommands(inner, f"{path} {name}")
    return parts


def _rows(command: click.Command, context: click.Context) -> list[tuple[str, str]]:
    """Each option, and what is said of it."""
    records = [option.get_help_record(context) for option in command.params if isinstance(option, click.Option)]
    return [(code(names), says) for names, says in filter(None, records)]


def _paragraph(text: str) -> str:
    """A paragraph; one that is not to be wrapped stays as it is."""
    if text.startswith("\b"):
        return f"```text\n{inspect.cleandoc(text[1:])}\n```"
    return plain(text)
