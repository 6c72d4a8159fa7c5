"""``gemlive-emulator vad``."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from gemlive_emulator.audio.activity import Sensing
    from gemlive_emulator.cli.sound_files import SoundFile
    from gemlive_emulator.cli.speech_spans import SpeechSpan

SENSITIVITIES = ("HIGH", "LOW")
DEFAULT_FAMILY = "2.5-native-audio"


def _drawing(context: click.Context, parameter: click.Parameter, given: Path | None) -> Path | None:
    if given is not None and given.suffix.lower() != ".svg":
        raise click.BadParameter(f"{given}: the picture is an SVG, so the name has to end in .svg")
    return given


@click.command("vad")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path), metavar="FILE.wav")
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    callback=_drawing,
    metavar="FILE.svg",
    help="Draw the sound, its level, the noise floor, the score and the decisions.",
)
@click.option(
    "--profile", default=DEFAULT_FAMILY, show_default=True, metavar="FAMILY", help="Hear as this model family."
)
@click.option("--start", type=click.Choice(SENSITIVITIES), help="Sensitivity to starts of speech, not the family's.")
@click.option("--end", type=click.Choice(SENSITIVITIES), help="Sensitivity to ends of speech, not the family's.")
@click.option("--prefix-ms", type=click.IntRange(min=0), help="Speech that is needed before a start, not the family's.")
@click.option(
    "--silence-ms", type=click.IntRange(min=0), help="Silence that is needed before an end, not the family's."
)
@click.option("--threshold-dbfs", type=click.FloatRange(max=0), help="A fixed level in place of the adaptive detector.")
def command(file: Path, output: Path | None, profile: str, **given: Any) -> None:
    """Show where speech starts and ends in a WAV file, and draw why.

    It is the detector of the emulator, so a session decides the same. SINCE is when the speech began or ended, AT when
    that was decided.
    """
    from gemlive_emulator.audio.detector import make_detector
    from gemlive_emulator.cli.sound_files import read_sound
    from gemlive_emulator.cli.speech_spans import spans

    sensing = _sensing(profile, {name: value for name, value in given.items() if value is not None})
    sound = read_sound(file)
    detector = make_detector(sensing, sound.rate)
    found = spans(detector.feed(sound.pcm), sound.rate, len(sound.pcm) // 2)
    click.echo(f"{file}: {sound.seconds:.2f} s at {sound.rate} Hz; {_in_words(sensing)}")
    click.echo(_decisions(found))
    if output is not None:
        _draw(output, sound, sensing, found)
        click.echo(f"drawn in {output}")


def _sensing(profile: str, given: dict[str, Any]) -> "Sensing":
    """The settings of the family's detector, changed as given."""
    from gemlive_emulator.profiles.families import FAMILIES
    from gemlive_emulator.session.listening import sensing_of

    if profile not in FAMILIES:
        raise click.BadParameter(f"{profile!r} has to be one of {', '.join(FAMILIES)}", param_hint="--profile")
    return sensing_of(replace(FAMILIES[profile].behaviour.hearing, **given))


def _in_words(sensing: "Sensing") -> str:
    how = (
        f"start {sensing.start}, end {sensing.end}"
        if sensing.threshold_dbfs is None
        else f"threshold {sensing.threshold_dbfs:g} dBFS"
    )
    return f"{how}, prefix {sensing.prefix_ms} ms, silence {sensing.silence_ms} ms"


def _decisions(found: "list[SpeechSpan]") -> str:
    """The decisions in their order, for a person."""
    from gemlive_emulator.cli.tables import table

    if not found:
        return "no speech"
    rows = []
    for span in found:
        rows.append(("start", f"{span.began:.3f} s", f"{span.start_at:.3f} s", ""))
        length = f"{span.ended - span.began:.3f} s of speech"
        if span.end_at is None:
            rows.append(("", "", "", f"{length}, and the file ends before that is decided"))
        else:
            rows.append(("end", f"{span.ended:.3f} s", f"{span.end_at:.3f} s", length))
    return table(("", "SINCE", "AT", ""), rows)


def _draw(output: Path, sound: "SoundFile", sensing: "Sensing", found: "list[SpeechSpan]") -> None:
    import numpy as np

    from gemlive_emulator.audio.trace import trace
    from gemlive_emulator.cli.chart import Seen, draw

    samples = np.frombuffer(sound.pcm, "<i2").astype(np.int16)
    frames = trace(sound.pcm, sound.rate, sensing)
    picture = draw(Seen(sound.name, _in_words(sensing), samples, sound.rate, frames, found))
    try:
        output.write_text(picture, encoding="utf-8")
    except OSError as error:
        raise click.ClickException(f"{output} cannot be written: {error.strerror}") from error
