"""``gemlive-emulator say``."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gemlive_emulator.cli.options import VOICES

if TYPE_CHECKING:
    from gemlive_emulator.audio.speech import Speech

STANDARD_OUTPUT = "-"


def _text(context: click.Context, parameter: click.Parameter, given: str) -> str:
    if not given.strip():
        raise click.BadParameter('there is nothing to say; it has to be text, for example "What is the weather?"')
    return given


def _voice_name(context: click.Context, parameter: click.Parameter, given: str | None) -> str:
    """The voice of that name, in any case; the default voice for none."""
    from difflib import get_close_matches

    from gemlive_emulator.audio.voice_table import DEFAULT_VOICE, VOICES

    known = {name.lower(): name for name in VOICES}
    asked = (given or DEFAULT_VOICE).lower()
    if asked in known:
        return known[asked]
    near = get_close_matches(asked, known, n=1)
    right = f"did you mean {known[near[0]]}?" if near else "`gemlive-emulator voices` lists them"
    raise click.BadParameter(f"no voice is called {given!r}; {right}")


@click.command("say")
@click.argument("text", callback=_text)
@click.option(
    "-o",
    "--output",
    default="speech.wav",
    show_default=True,
    metavar="FILE",
    help="The WAV file to write; - is standard output.",
)
@click.option("--voice-name", metavar="NAME", callback=_voice_name, help="One of the 30 voices; Puck if none is given.")
@click.option("--language", default="en-US", show_default=True, metavar="CODE", help="Language of the text, as BCP-47.")
@click.option("--voice", type=click.Choice(VOICES), default="auto", show_default=True, help="Speech engine.")
@click.option(
    "--rate",
    type=click.IntRange(8_000, 48_000),
    default=16_000,
    show_default=True,
    help="Samples per second; 16000 is what clients stream.",
)
def command(text: str, output: str, voice_name: str, language: str, voice: str, rate: int) -> None:
    """Speak a text into a WAV file, as a user's microphone would record it.

    The file is 16 bit mono. Its metadata hold the text, so that an emulator that gets the file with its header, or has
    it among its recordings, knows the words.
    """
    from gemlive_emulator.server.voices import Voices
    from gemlive_emulator.wire.errors import EmulatorError

    try:
        voices = Voices(voice)
        try:
            voices.start()
            speech = voices.speak(text, voice_name, language)
            engine = voices.describe()
        finally:
            voices.close()
    except EmulatorError as error:
        raise click.ClickException(str(error)) from error
    _write(output, _wav(speech, rate))
    told = f"{speech.seconds:.2f} s at {rate} Hz, {voice_name} by {engine}"
    click.echo(told if output == STANDARD_OUTPUT else f"{output}: {told}", err=output == STANDARD_OUTPUT)


def _wav(speech: "Speech", rate: int) -> bytes:
    """The whole speech at another rate, in a file that tells its text."""
    from gemlive_emulator.audio.wav import to_wav
    from gemlive_emulator.server.uttered import pcm_of

    told = " ".join(speech.text.split())
    sound = pcm_of(speech, rate)
    try:
        return to_wav(sound, rate, text=told)
    except ValueError as error:
        click.echo(f"Warning: the file does not tell its text: {error}.", err=True)
        return to_wav(sound, rate)


def _write(output: str, content: bytes) -> None:
    if output == STANDARD_OUTPUT:
        sys.stdout.buffer.write(content)
        return
    try:
        Path(output).write_bytes(content)
    except OSError as error:
        raise click.ClickException(f"{output} cannot be written: {error.strerror}") from error
