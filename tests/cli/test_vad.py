"""``vad``: the decisions of the detector as lines, and the picture of why."""

from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from click.testing import CliRunner

from gemlive_emulator.audio.activity import Edge, Sensing
from gemlive_emulator.audio.formant import FormantVoice
from gemlive_emulator.audio.resample import resample
from gemlive_emulator.audio.trace import Frame, trace
from gemlive_emulator.audio.wav import from_wav, to_wav
from gemlive_emulator.cli.chart import LEFT, LEVELS, RIGHT, SCORES, WAVE, Seen, draw
from gemlive_emulator.cli.main import main
from gemlive_emulator.cli.speech_spans import SpeechSpan, spans

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def speech(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Half a second of silence, some two seconds of speech, two seconds of silence."""
    pcm = FormantVoice().speak("Tell me what you see on the table.", "Puck", "en-US").pcm
    said = resample(np.frombuffer(pcm, "<i2").astype(np.int16), 24000, 16000)
    sound = np.concatenate([np.zeros(8000, np.int16), said, np.zeros(32000, np.int16)])
    path = tmp_path_factory.mktemp("vad") / "speech.wav"
    path.write_bytes(to_wav(sound.astype("<i2").tobytes(), 16000))
    return path


def invoke(*words: str) -> tuple[int, str]:
    done = CliRunner().invoke(main, ["vad", *words])
    return done.exit_code, done.output


def times(line: str) -> tuple[str, float, float]:
    kind, since, _, at, *_ = line.split()
    return kind, float(since), float(at)


def test_starts_and_ends_are_told_with_their_times(speech: Path):
    code, said = invoke(str(speech), "--prefix-ms", "100", "--silence-ms", "600")
    head, columns, start, end = said.splitlines()
    assert code == 0
    assert head.startswith(f"{speech}: ")
    assert head.endswith("s at 16000 Hz; start HIGH, end HIGH, prefix 100 ms, silence 600 ms")
    assert columns.split() == ["SINCE", "AT"]
    kind, since, at = times(start)
    assert kind == "start"
    assert since == pytest.approx(0.5, abs=0.1)
    assert at == pytest.approx(since + 0.1, abs=0.1)
    kind, ended, decided = times(end)
    assert kind == "end"
    assert decided == pytest.approx(ended + 0.6, abs=0.05)
    assert end.endswith(f"{ended - since:.3f} s of speech")


def test_the_settings_are_the_familys_unless_others_are_given(speech: Path):
    assert "start HIGH, end HIGH, prefix 100 ms, silence 800 ms" in invoke(str(speech))[1]
    given = ("--start", "LOW", "--end", "LOW", "--prefix-ms", "20", "--silence-ms", "250")
    assert "start LOW, end LOW, prefix 20 ms, silence 250 ms" in invoke(str(speech), *given)[1]
    assert "threshold -40 dBFS, prefix 100 ms" in invoke(str(speech), "--threshold-dbfs", "-40")[1]
    code, said = invoke(str(speech), "--profile", "none-such")
    assert (code, "'none-such' has to be one of 2.0," in said) == (2, True)


def test_speech_that_has_not_ended_is_told_so(speech: Path):
    last = invoke(str(speech), "--silence-ms", "5000")[1].splitlines()[-1]
    assert last.endswith("s of speech, and the file ends before that is decided")


def test_a_file_without_speech(tmp_path: Path):
    (tmp_path / "silence.wav").write_bytes(to_wav(bytes(32000), 16000))
    assert invoke(str(tmp_path / "silence.wav"))[1].splitlines()[1] == "no speech"


@pytest.mark.parametrize(
    ("content", "right"),
    [
        (b"no sound at all", "not a PCM WAV file"),
        (to_wav(b"", 16000), "there is no sound in it"),
        (to_wav(bytes(200), 1000), "1000 Hz; it has to be 4000 to 192000 Hz"),
    ],
)
def test_a_file_that_is_no_sound_is_one_clear_line(tmp_path: Path, content: bytes, right: str):
    path = tmp_path / "a.wav"
    path.write_bytes(content)
    code, said = invoke(str(path))
    [line] = said.splitlines()
    assert code == 1
    assert line.startswith(f"Error: {path}: {right}")


def test_only_svg_is_drawn(speech: Path, tmp_path: Path):
    code, said = invoke(str(speech), "-o", str(tmp_path / "a.png"))
    assert code == 2
    assert "the picture is an SVG, so the name has to end in .svg" in said
    path = tmp_path / "none" / "a.svg"
    assert invoke(str(speech), "-o", str(path))[1].splitlines()[-1].startswith(f"Error: {path} cannot be written: ")


def test_the_picture_shows_what_was_decided(speech: Path, tmp_path: Path):
    path = tmp_path / "speech.svg"
    code, said = invoke(str(speech), "-o", str(path), "--silence-ms", "600")
    assert (code, said.splitlines()[-1]) == (0, f"drawn in {path}")
    root = ElementTree.parse(path).getroot()
    assert root.tag == f"{SVG}svg"
    texts = [element.text for element in root.iter(f"{SVG}text")]
    assert texts[0] == "Speech in speech.wav"
    assert {"sound", "level", "noise floor", "score", "threshold", "speech", "seconds", "dBFS"} <= set(texts)
    assert (texts.count("start"), texts.count("end")) == (1, 1)
    curves = {line.get("class"): line.get("points", "").split() for line in root.iter(f"{SVG}polyline")}
    assert set(curves) == {"floor", "level", "threshold", "score"}
    pcm, rate = from_wav(speech.read_bytes())
    frames = trace(pcm, rate, Sensing(silence_ms=600))
    assert {len(points) for points in curves.values()} == {len(frames)}
    starts, ends = (times(line) for line in said.splitlines()[2:4])
    [shade] = {(box.get("x"), box.get("width")) for box in root.iter(f"{SVG}rect") if box.get("class") == "speech"}
    scale = (RIGHT - LEFT) / (len(pcm) / 2 / rate)
    assert float(shade[0] or 0) == pytest.approx(LEFT + scale * starts[1], abs=1)
    assert float(shade[1] or 0) == pytest.approx(scale * (ends[1] - starts[1]), abs=1)


def frame(at: int, level: float = -20.0) -> Frame:
    return Frame(at, level, -60.0, 12.0, 3.0, True)


def seen(samples: int, frames: list[Frame], spans: tuple[SpeechSpan, ...] = (), title: str = "a.wav") -> Seen:
    return Seen(title, "start HIGH", np.full(samples, 16384, np.int16), 1000, frames, spans)


def points(text: str, name: str) -> list[tuple[float, float]]:
    [found] = [element for element in ElementTree.fromstring(text).iter() if element.get("class") == name]
    pairs = [pair.split(",") for pair in found.get("points", "").split()]
    return [(float(x), float(y)) for x, y in pairs]


def test_values_are_drawn_where_their_axes_say():
    text = draw(seen(2000, [frame(500), frame(1000, -200.0), frame(2000, 20.0)]))
    assert points(text, "level") == [
        (LEFT + 230, pytest.approx(LEVELS.y(-20), abs=0.01)),
        (LEFT + 460, LEVELS.bottom),
        (RIGHT, LEVELS.top),
    ]
    assert points(text, "score")[0][1] == pytest.approx(SCORES.y(12), abs=0.01)
    assert {y for _, y in points(text, "sound")} == {WAVE.y(0.5)}
    assert WAVE.y(0.5) == WAVE.top + (WAVE.bottom - WAVE.top) / 4


def test_an_hour_is_drawn_with_a_point_for_a_column_of_the_picture():
    frames = [frame(20 * count, -20.0 if count == 1001 else -50.0) for count in range(1, 180_001)]
    text = draw(seen(3_600_000, frames))
    level = points(text, "level")
    assert len(level) <= RIGHT - LEFT
    assert min(y for _, y in level) == pytest.approx(LEVELS.y(-20), abs=0.01), "a peak must not get lost"
    assert len(points(text, "sound")) == 2 * (RIGHT - LEFT)
    assert len(text) < 100_000


@pytest.mark.parametrize(
    ("samples", "last"), [(50, "0"), (1000, "1"), (9000, "9"), (100_000, "100"), (90_000_000, "90000")]
)
def test_the_time_axis_has_a_dozen_marks_at_most(samples: int, last: str):
    root = ElementTree.fromstring(draw(seen(samples, [])))
    marks = [text.text for text in root.iter(f"{SVG}text") if float(text.get("y", 0)) == SCORES.bottom + 18]
    assert (marks[0], marks[-1]) == ("0", last)
    assert len(marks) <= 13


def test_speech_that_has_not_ended_has_no_end_in_the_picture():
    root = ElementTree.fromstring(draw(seen(2000, [], (SpeechSpan(0.5, 0.6, 2.0, None),))))
    kinds = [element.get("class") for element in root.iter()]
    assert (kinds.count("speech"), kinds.count("waited"), kinds.count("decided")) == (3, 0, 1)


def test_a_title_cannot_break_the_picture():
    root = ElementTree.fromstring(draw(seen(10, [], title='<&"' * 40)))
    assert root.find(f"{SVG}title").text == "Speech in " + '<&"' * 40
    assert root.find(f"{SVG}text").text.endswith("…")


def test_edges_become_spans():
    edges = [Edge("start", 300, 200), Edge("end", 900, 600), Edge("start", 1500, 1400)]
    assert spans(edges, 1000, 2000) == [SpeechSpan(0.2, 0.3, 0.6, 0.9), SpeechSpan(1.4, 1.5, 2.0, None)]
    assert spans([], 1000, 2000) == []
