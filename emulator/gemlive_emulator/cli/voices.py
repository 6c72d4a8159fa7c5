"""``gemlive-emulator voices``."""

import click


@click.command("voices")
@click.option("--json", "as_json", is_flag=True, help="One JSON object instead of tables.")
def command(as_json: bool) -> None:
    """List the voices, and the engines that can speak here.

    A client chooses a voice in its setup; `serve --voice` chooses the engine. With `auto`, the engine marked * speaks.
    """
    import json

    from gemlive_emulator.audio.voice_table import DEFAULT_VOICE, VOICES, traits_of
    from gemlive_emulator.cli.tables import table

    engines = {name: _engine(name) for name in ("auto", "espeak", "pyttsx3", "formant")}
    chosen = engines.pop("auto")
    voices = [(name, str(traits_of(name).gender), name == DEFAULT_VOICE) for name in VOICES]
    if as_json:
        told = {
            "voices": [{"name": name, "gender": gender, "default": default} for name, gender, default in voices],
            "engines": [
                {"name": name, "loads": loads, "chosen": name == chosen[0], "about": about}
                for name, (_, loads, about) in engines.items()
            ],
        }
        click.echo(json.dumps(told, indent=2))
        return
    click.echo(
        table(("VOICE", "GENDER", ""), [(name, gender, "default" * default) for name, gender, default in voices])
    )
    click.echo()
    rows = [
        ("*" if name == chosen[0] else "", name, "loads" if loads else "does not load", about)
        for name, (_, loads, about) in engines.items()
    ]
    click.echo(table(("", "ENGINE", "HERE", ""), rows))


def _engine(choice: str) -> tuple[str, bool, str]:
    """The engine that speaks for a choice, whether it loads, and what it is or why it does not."""
    from gemlive_emulator.server.voices import Voices
    from gemlive_emulator.wire.errors import EmulatorError

    try:
        voices = Voices(choice)
        try:
            voices.start()
            return voices.name, True, voices.describe()
        finally:
            voices.close()
    except EmulatorError as error:
        return choice, False, str(error)
