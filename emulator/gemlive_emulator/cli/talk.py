"""``gemlive-emulator talk``."""

from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gemlive_emulator.cli.options import DEFAULT_PORT
from gemlive_emulator.cli.seconds import seconds

if TYPE_CHECKING:
    from gemlive_emulator.cli.calling import Address
    from gemlive_emulator.cli.conversing import Input, Spoken, Talk
    from gemlive_emulator.cli.told import Account, Told

DEFAULT_MODEL = "gemini-2.5-flash-native-audio-preview-12-2025"
MICROPHONE_RATE = 16_000
UNTIL_ANSWERED = "until-answered"

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


def _setup_given(context: click.Context, parameter: click.Parameter, given: str | None) -> dict[str, Any]:
    import json

    try:
        told = json.loads(given or "{}")
    except ValueError as error:
        raise click.BadParameter(f"it is no JSON ({error})") from error
    if not isinstance(told, dict):
        raise click.BadParameter('it has to be a JSON object, for example {"generationConfig": {"temperature": 0}}')
    return told


@click.command("talk")
@click.argument("files", nargs=-1, type=_FILE, metavar="[FILE.wav]...")
@click.option(
    "--url",
    envvar="GOOGLE_GEMINI_BASE_URL",
    default=f"ws://127.0.0.1:{DEFAULT_PORT}",
    show_default=True,
    help="The server's address, or the whole URL of a service; GOOGLE_GEMINI_BASE_URL if not given.",
)
@click.option("--model", default=DEFAULT_MODEL, show_default=True, help="The model to ask for.")
@click.option("--text", "texts", multiple=True, help="A typed turn, before the files; may be repeated.")
@click.option(
    "--chunk",
    callback=seconds(zero=False),
    default="20ms",
    show_default=True,
    metavar="SECONDS",
    help="Sound in one message.",
)
@click.option("--as-fast", is_flag=True, help="Send each file at once instead of in real time.")
@click.option(
    "--mic", is_flag=True, help="Talk from the microphone, after the files, until Ctrl-C; needs the extra mic."
)
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE", help="Keep the answers as WAV.")
@click.option("--api-key", envvar="GEMINI_API_KEY", help="The API key; GEMINI_API_KEY if not given. Never printed.")
@click.option(
    "--setup", callback=_setup_given, metavar="JSON", help="Laid over the setup; null takes a field of it away."
)
@click.option(
    "--silence",
    callback=seconds({UNTIL_ANSWERED: float("inf")}),
    metavar="SECONDS",
    default=UNTIL_ANSWERED,
    show_default=True,
    help="How long to send silence after each file; 0 lets the stream simply stop.",
)
@click.option(
    "--barge-in",
    callback=seconds(),
    metavar="SECONDS",
    help="Begin the next turn that long after an answer's first sound.",
)
@click.option(
    "--header/--no-header",
    default=True,
    show_default=True,
    help="Send each file with its WAV header, which may tell its words.",
)
@click.option(
    "--patience",
    callback=seconds(zero=False),
    metavar="SECONDS",
    default="30s",
    show_default=True,
    help="Give up when an answer is due and nothing comes for that long.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object per event instead of a line.")
def command(
    files: tuple[Path, ...],
    url: str,
    model: str,
    texts: tuple[str, ...],
    mic: bool,
    out: Path | None,
    api_key: str | None,
    setup: dict[str, Any],
    header: bool,
    as_json: bool,
    **chosen: Any,
) -> None:
    """Hold a spoken conversation with a Live API server and print what happens.

    Each file is one turn of the user's, streamed in real time and followed by silence until the answer has ended. Times
    are seconds since the connection was open. Exit code 1 if the server refuses, closes or does not answer.
    """
    from gemlive_emulator.cli.calling import address
    from gemlive_emulator.cli.conversing import Endless, Plan, Talk, Typed
    from gemlive_emulator.cli.told import Account

    try:
        where = address(url, api_key)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--url") from error
    inputs: list[Input] = [*map(Typed, texts), *(_spoken(path, header) for path in files)]
    account = Account(keeps_sound=out is not None)
    with ExitStack() as stack:
        if mic:
            from gemlive_emulator.cli.microphone import Microphone

            microphone = stack.enter_context(Microphone(MICROPHONE_RATE))
            inputs.append(Endless("microphone", MICROPHONE_RATE, microphone.read))
        if not inputs:
            raise click.UsageError("there is nothing to say: give WAV files, --text or --mic")
        talk = Talk(setup_of(model, setup), inputs, Plan(**chosen), account)
        try:
            _hold(where, talk, as_json, interruptible=mic)
        finally:
            if out is not None:
                _keep(out, account)
    if talk.problem:
        raise click.ClickException(talk.problem)


def setup_of(model: str, given: dict[str, Any]) -> dict[str, Any]:
    """The content of the first message: sound as answer and both transcriptions, changed as ``given`` says."""
    named = model if "/" in model else f"models/{model}"
    usual = {
        "model": named,
        "generationConfig": {"responseModalities": ["AUDIO"]},
        "inputAudioTranscription": {},
        "outputAudioTranscription": {},
    }
    return _laid_over(usual, given)


def _laid_over(below: dict[str, Any], above: dict[str, Any]) -> dict[str, Any]:
    """Objects are joined field by field, anything else replaces what is below; null takes it away."""
    joined = dict(below)
    for name, value in above.items():
        beneath = below.get(name)
        if value is None:
            joined.pop(name, None)
        elif isinstance(value, dict) and isinstance(beneath, dict):
            joined[name] = _laid_over(beneath, value)
        else:
            joined[name] = value
    return joined


def _spoken(path: Path, header: bool) -> "Spoken":
    """A turn of the user's from a file, with its header if that is to be sent."""
    from gemlive_emulator.cli.conversing import Spoken
    from gemlive_emulator.cli.sound_files import read_sound

    sound = read_sound(path)
    return Spoken(sound.name, sound.pcm, sound.rate, sound.header if header else b"")


def _hold(where: "Address", talk: "Talk", as_json: bool, interruptible: bool) -> None:
    """Hold the talk and print it; Ctrl-C ends it, as a fault unless it is the only way to end it."""
    import asyncio

    from gemlive_emulator.cli.calling import call
    from gemlive_emulator.cli.told import Sentences

    sentences = Sentences()

    def tell(told: "Told") -> None:
        for ready in [told] if as_json else sentences.join(told):
            click.echo(ready.as_json() if as_json else ready.line())

    try:
        asyncio.run(call(where, talk, tell))
    except KeyboardInterrupt:
        if not interruptible:
            raise
    finally:
        for rest in sentences.flush():
            click.echo(rest.line())


def _keep(out: Path, account: "Account") -> None:
    """Write what the model said."""
    from gemlive_emulator.audio.wav import to_wav

    try:
        out.write_bytes(to_wav(bytes(account.sound), account.rate))
    except OSError as error:
        raise click.ClickException(f"{out} cannot be written: {error.strerror}") from error
