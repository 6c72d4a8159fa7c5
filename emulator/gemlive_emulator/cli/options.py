"""The options that ``serve`` and ``exec`` share, and how they become settings.

Nothing heavy is imported here at module level: ``--help`` reads this file.
"""

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gemlive_emulator.cli.mounted import mounted_scenario
from gemlive_emulator.cli.seconds import seconds

if TYPE_CHECKING:
    from gemlive_emulator.server.settings import Settings

DEFAULT_PORT = 8765
TOKEN_VARIABLE = "GEMLIVE_EMULATOR_CONTROL_TOKEN"
PACES = ("family", "real-time", "at-once")
VOICES = ("auto", "formant", "espeak", "pyttsx3")
CLOCKS = ("real", "manual")
RECOGNISERS = ("auto", "off", "pocketsphinx")
LOG_LEVELS = ("debug", "info", "warning", "error")
QUOTA_PLACES = ("setup", "upgrade")
KEPT = ("words", "all", "nothing")

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


def _read_overrides(context: click.Context, parameter: click.Parameter, given: tuple[str, ...]) -> dict[str, Any]:
    """Read FIELD=VALUE; a value is JSON, or text if it is none. The fields are checked when the emulator starts."""
    import json

    read: dict[str, Any] = {}
    for text in given:
        field, equals, value = text.partition("=")
        if not equals:
            raise click.BadParameter(f"{text!r} has to be FIELD=VALUE, for example behaviour.pace.speed=1")
        try:
            read[field] = json.loads(value)
        except ValueError:
            read[field] = value
    return read


_OPTIONS = (
    click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen at."),
    click.option("--profile", metavar="FAMILY", help="Answer as this model family, whatever model is asked for."),
    click.option(
        "--set",
        "overrides",
        multiple=True,
        metavar="FIELD=VALUE",
        callback=_read_overrides,
        help="Change a field of the model family, for example behaviour.pace.first_audio=0.2.",
    ),
    click.option("--scenario", type=_FILE, help="A scenario file that says what the model says."),
    click.option(
        "--no-function-calls",
        "call_functions",
        flag_value=False,
        default=True,
        help="Let the built-in responder call no functions of the client; scenarios still do.",
    ),
    click.option(
        "--no-limits",
        "limits",
        flag_value=False,
        default=True,
        help="Let connections and sessions last for ever.",
    ),
    click.option(
        "--voice",
        type=click.Choice(VOICES),
        default="auto",
        show_default=True,
        help="Speech engine; auto is the best that loads, see `gemlive-emulator voices`.",
    ),
    click.option(
        "--recordings",
        multiple=True,
        type=click.Path(exists=True, file_okay=False),
        metavar="DIR",
        help="A folder of WAV files whose words are known, to be found again in the stream.",
    ),
    click.option(
        "--recogniser",
        type=click.Choice(RECOGNISERS),
        default="auto",
        show_default=True,
        help="Who listens when nothing else tells the words; auto is pocketsphinx if it is installed.",
    ),
    click.option(
        "--idle-end",
        callback=seconds({"never": 0.0, "family": None}),
        default="family",
        show_default=True,
        metavar="SECONDS",
        help="How long after the last audio a stream that simply stops ends its speech, or never.",
    ),
    click.option(
        "--clock",
        type=click.Choice(CLOCKS),
        default="real",
        show_default=True,
        help="What moves time: the machine, or only `gemlive-emulator advance` and its like.",
    ),
    click.option("--rate", default=1.0, show_default=True, help="Seconds that pass in a session in one real second."),
    click.option(
        "--pace",
        type=click.Choice(PACES),
        default="family",
        show_default=True,
        help="How fast answers go out: as the model family does, as fast as speech, or at once.",
    ),
    click.option("--strict", is_flag=True, help="Refuse unknown fields and models, as the real server does."),
    click.option(
        "--keys", type=_FILE, help="YAML or JSON mapping of API keys to valid, expired, denied, ..., or to limits."
    ),
    click.option("--sessions-per-key", default=0, show_default=True, help="Sessions at once; 0 is any number."),
    click.option("--sessions-per-minute", default=0, show_default=True, help="That a key may begin; 0 is any number."),
    click.option("--tokens-per-minute", default=0, show_default=True, help="Of all turns of a key; 0 is any number."),
    click.option(
        "--quota-at",
        type=click.Choice(QUOTA_PLACES),
        default="setup",
        show_default=True,
        help="Where a key that has used up its quota is told so: by a close (1011), or by HTTP 429 before that.",
    ),
    click.option(
        "--keep",
        type=click.Choice(KEPT),
        default="words",
        show_default=True,
        help="What is kept of messages to be looked at later: all but their sound, all, or nothing.",
    ),
    click.option(
        "--store",
        default="memory",
        show_default=True,
        metavar="WHERE",
        help="Where sessions are kept for resuming: memory, sqlite:PATH or redis://HOST:PORT.",
    ),
    click.option(
        "--handle-seconds",
        type=float,
        envvar="GEMLIVE_EMULATOR_HANDLE_SECONDS",
        help="How long a resumption handle can be used.  [default: 7200; 86400 on Vertex]",
    ),
    click.option("--max-sessions", default=0, show_default=True, help="Connections at once; 0 is any number."),
    click.option("--allow-origin", "allow_origins", multiple=True, metavar="ORIGIN", help="Let this web page connect."),
    click.option("--allow-host", "allow_hosts", multiple=True, metavar="NAME", help="Let this Host header in."),
    click.option(
        "--control-token",
        envvar=TOKEN_VARIABLE,
        metavar="TOKEN",
        help=f"What /emulator/v1/ wants as bearer token, from anywhere; {TOKEN_VARIABLE} keeps it out of sight.",
    ),
    click.option(
        "--log-level", type=click.Choice(LOG_LEVELS), default="info", show_default=True, help="Log on stderr."
    ),
)


def port_option(default: int) -> Callable[[Any], Any]:
    """The option ``--port`` with its default, which is not the same for every command."""
    return click.option("--port", type=int, default=default, show_default=True, help="TCP port; 0 takes a free one.")


def transparent_option(function: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the option that leads programs here which dial Google's own hosts."""
    told = "Lead programs here that dial Google's own hosts: Python and Node by hooks, Chromium by flags."
    # Not by a variable: it is never on by itself.
    return click.option("--transparent", is_flag=True, allow_from_autoenv=False, help=told)(function)


def serve_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command all options that say how the emulator behaves, but the port."""
    for option in reversed(_OPTIONS):
        function = option(function)
    return function


def settings_from(chosen: dict[str, Any]) -> "Settings":
    """Make settings of what the options said.

    Raises:
        click.ClickException: saying which option cannot work, and what would.
    """
    from gemlive_emulator.server.settings import Settings
    from gemlive_emulator.wire.errors import EmulatorError

    told = dict(chosen)
    scenario = told["scenario"] or mounted_scenario(os.environ)
    told["scenario"] = str(scenario) if scenario else None
    told["keys"] = read_keys(told["keys"]) if told["keys"] else None
    try:
        return Settings(**told)
    except EmulatorError as error:
        raise click.ClickException(str(error)) from error


def read_keys(path: Path) -> dict[str, Any]:
    """Read a mapping of API key to its state, or to state and limits; the settings check them.

    Raises:
        click.ClickException: naming the file, and the line where there is one.
    """
    from ruamel.yaml import YAML
    from ruamel.yaml.comments import CommentedMap
    from ruamel.yaml.constructor import DuplicateKeyError
    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    try:
        # The loader that knows the lines.
        told = YAML(typ="rt").load(path.read_text(encoding="utf-8"))
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        # What ruamel says of a key that is there twice quotes it, and it may be a real one.
        problem = "this key stands here for the second time" if isinstance(error, DuplicateKeyError) else error.problem
        raise click.ClickException(f"{path}:{line}: {problem}") from error
    except (YAMLError, UnicodeDecodeError) as error:
        raise click.ClickException(f"{path}: {error}") from error
    if not isinstance(told, CommentedMap):
        raise click.ClickException(f"{path}: has to be a mapping of key to state, for example `my-key: valid`")
    for key in told:
        if not isinstance(key, str):
            line = told.lc.key(key)[0] + 1
            raise click.ClickException(
                f'{path}:{line}: this key is not read as text; put it in quotes, as in `"12": valid`'
            )
    return dict(told)
