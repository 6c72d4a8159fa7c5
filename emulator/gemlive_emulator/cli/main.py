"""The command ``gemlive-emulator``: its commands are imported only when one is called, so that ``--help`` is quick."""

from importlib import import_module

import click

from gemlive_emulator import __version__

COMMANDS = {
    "serve": ("serve", "Start the emulator and serve until Ctrl-C."),
    "exec": ("execute", "Start the emulator, run a command against it, pass its exit code on."),
    "env": ("env", "Print the environment that points an unmodified client at a running emulator."),
    "ready": ("ready", "Ask whether an emulator is ready; exit code 0 if so, 1 if not."),
    "advance": ("advance", "Move the time of a running emulator on, and tell what fell due."),
    "validate": ("validate", "Check scenario files, and tell every fault of all of them."),
    "schema": ("schema", "Print the JSON Schema of scenario files, for editors."),
    "record": ("record", "Pass sessions on to a service, and write each of them down."),
    "replay": ("replay", "Serve recordings: to each client one, in turn."),
    "convert": ("convert", "Make a scenario file of a recording."),
    "faults": ("faults", "List the failures of the real server that can be had by name."),
    "models": ("models", "List the models that the emulator knows."),
    "voices": ("voices", "List the voices, and the engines that can speak here."),
    "say": ("say", "Speak a text into a WAV file, as a user's microphone would record it."),
    "talk": ("talk", "Hold a spoken conversation with a Live API server and print what happens."),
    "vad": ("vad", "Show where speech starts and ends in a WAV file, and draw why."),
    "version": ("version", "Print the version."),
}
"""Command name to (module in this package, first line of help); each module has its command as ``command``."""


class LazyGroup(click.Group):
    """A group that knows the names and first lines of its commands, and imports a command when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names of all commands, in the order of :data:`COMMANDS`."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import and return the command called ``cmd_name``; ``None`` if there is none of that name."""
        if cmd_name not in COMMANDS:
            return None
        command = import_module(f"gemlive_emulator.cli.{COMMANDS[cmd_name][0]}").command
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands without importing one."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in COMMANDS.items()])


@click.group(
    cls=LazyGroup,
    context_settings={
        "help_option_names": ["-h", "--help"],
        "max_content_width": 100,
        "auto_envvar_prefix": "GEMLIVE_EMULATOR",
    },
)
@click.version_option(__version__, prog_name="gemlive-emulator", message="%(prog)s %(version)s")
def main() -> None:
    """A local emulator of Google's Gemini Live API.

    Start it with `gemlive-emulator serve`, or run one command against it with `gemlive-emulator exec -- CMD`.

    An option can come from the environment, for containers that get no command line: `--host` of `serve` from
    GEMLIVE_EMULATOR_SERVE_HOST, and so on.
    """
