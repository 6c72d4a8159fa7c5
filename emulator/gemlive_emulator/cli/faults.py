"""``gemlive-emulator faults``: what can go wrong with the real server, and how to have it here."""

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from gemlive_emulator.scenario.faults.mode import Mode

_PATH = "/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent"
_WIDTH = 60


@click.group("faults", invoke_without_command=True)
@click.option("--json", "as_json", is_flag=True, help="One JSON array instead of a table.")
@click.pass_context
def command(context: click.Context, as_json: bool) -> None:
    """List the failures of the real server that can be had by name.

    `faults show NAME` tells all about one, with a scenario to paste.
    """
    if context.invoked_subcommand is not None:
        return
    import json

    from gemlive_emulator.cli.tables import table
    from gemlive_emulator.scenario.faults.modes import MODES

    if as_json:
        click.echo(json.dumps([mode.record for mode in MODES.values()], indent=2))
        return
    rows = [(mode.name, _short(mode.what), _close(mode)) for mode in MODES.values()]
    click.echo(table(("NAME", "WHAT HAPPENS", "CLOSE"), rows))


@command.command("show")
@click.argument("name")
def show(name: str) -> None:
    """Tell all about one failure: what to do about it, how it is known, and how to have it.

    NAME is one of those that `faults` lists.
    """
    from gemlive_emulator.scenario.errors import nearest
    from gemlive_emulator.scenario.faults.modes import MODES

    mode = MODES.get(name)
    if mode is None:
        raise click.ClickException(f"there is no failure called {name!r}; {nearest(name, MODES)}")
    click.echo("\n".join(_about(mode)))


def snippet(mode: "Mode") -> str:
    """A scenario in which it strikes."""
    lines = [f"scenario: {mode.name}", "faults:", f"  - named: {mode.name}"]
    if mode.has_moment:
        lines.append(f"    at: {mode.at}")
    return "\n".join(lines)


def _about(mode: "Mode") -> list[str]:
    from gemlive_emulator.scenario.faults.modes import TITLES

    lines = [f"{mode.name}: {mode.what}", ""]
    if mode.number:
        lines.append(f"Failure mode {mode.number}: {TITLES[mode.number]}")
    if mode.close is not None:
        lines.append(f"Closes: {_close(mode, whole=True)}")
    lines += [f"Known: {mode.source}", f"A client should: {mode.advice}"]
    lines += ["", "Made of:", *(f"  {part}" for part in _made_of(mode))]
    lines += ["", "In a scenario file:", *(f"  {line}" for line in snippet(mode).splitlines())]
    if not mode.sets and not mode.lasts and not _refuses(mode):
        lines += ["", f"In a reply:\n  - fault: {{named: {mode.name}}}"]
    at = f', at="{mode.at}"' if mode.has_moment else ""
    lines += ["", f'In Python:\n  emulator.fault("named", "{mode.name}"{at})']
    asked = f"{mode.name}@{mode.at.replace(' ', '+')}" if mode.has_moment else mode.name
    lines += ["", f"In the URL:\n  ws://127.0.0.1:8765{_PATH}?fault={asked}"]
    return lines


def _made_of(mode: "Mode") -> list[str]:
    import json

    lines = [f"fault {json.dumps(fault)}" for fault in mode.faults]
    lines += [f"step {json.dumps(step)}" for step in mode.steps]
    if mode.steps and mode.answers:
        lines.append("the usual answer")
    lines += [f"later: step {json.dumps(step)}" for step in mode.after]
    lines += [f"--set {name}={_plain(value)}" for name, value in mode.fields.items()]
    if mode.token:
        lines.append(f"a token with {json.dumps(dict(mode.token))}")
    if mode.model is not None:
        lines.append(f"the family of {mode.model}")
    return lines


def _refuses(mode: "Mode") -> bool:
    return any("refuse" in fault for fault in mode.faults)


def _plain(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else f"{value:g}" if isinstance(value, float) else str(value)


def _close(mode: "Mode", *, whole: bool = False) -> str:
    from gemlive_emulator.wire.errors import cut

    if mode.close is None:
        return ""
    code, words = mode.close
    return f"{code} {cut(words) if whole else _short(words)}".strip()


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _WIDTH else f"{line[: _WIDTH - 1].rstrip()}…"
