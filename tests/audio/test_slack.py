"""How much of a stream can be held back: no decision may ever come sooner than was said."""

from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sounds import Sound, on, pcm, silence, spoken, tone, white

from gemlive_emulator.audio.activity import Edge, Sensing
from gemlive_emulator.audio.detector import make_detector
from gemlive_emulator.audio.ear import MOST_SLACK_SECONDS, Begun, Ear, Ended
from gemlive_emulator.audio.turns import Turns

RATE, FRAME = 16_000, 320
HELLO = spoken(RATE)
SECONDS = 7.0
SENSINGS = [
    Sensing(),
    Sensing(prefix_ms=20, silence_ms=100),
    Sensing(prefix_ms=300, silence_ms=500, start="LOW", end="LOW"),
    Sensing(prefix_ms=0, silence_ms=0),
    Sensing(prefix_ms=100, silence_ms=300, threshold_dbfs=-30.0),
]
MOST_EARLIER = 3


def beeps(spacing: float) -> Sound:
    sound = silence(SECONDS, RATE)
    for number in range(int(SECONDS / spacing) - 1):
        sound = on(sound, tone(0.04 + 0.03 * (number % 5), RATE, -20 - number % 7), (number + 1) * spacing, RATE)
    return sound


SOUNDS = {
    "speech": on(silence(SECONDS, RATE), HELLO, 1.0, RATE),
    "speech in noise": on(on(white(SECONDS, RATE, -50), HELLO, 0.5, RATE), HELLO, 3.6, RATE),
    "speech at once": on(white(SECONDS, RATE, -60), HELLO, 0.0, RATE),
    "noise that comes and goes": on(on(silence(SECONDS, RATE), white(1.5, RATE, -35), 1.0, RATE), HELLO, 4.0, RATE),
    "beeps": beeps(0.31),
    "more beeps": on(beeps(0.17), white(SECONDS, RATE, -58), 0.0, RATE),
}


def held_back(sound: bytes, sensing: Sensing, step: int) -> tuple[list[tuple[int, Edge]], int]:
    """The edges, each with where in the stream it came out, if all is held back that can be; and how often it is fed.

    The stream comes ``step`` samples at a time.
    """
    detector, found, held, fed = make_detector(sensing, RATE), [], b"", 0
    for at in range(0, len(sound), 2 * step):
        held += sound[at : at + 2 * step]
        if len(held) >= 2 * detector.slack:
            fed += 1
            found += [(at // 2, edge) for edge in detector.feed(held)]
            held = b""
    return found, fed


@pytest.mark.parametrize("sensing", SENSINGS)
@pytest.mark.parametrize("name", SOUNDS)
@pytest.mark.parametrize("step", [FRAME, 100, 480])
def test_what_is_held_back_changes_no_decision_and_delays_none(name: str, sensing: Sensing, step: int) -> None:
    sound = pcm(SOUNDS[name])
    detector = make_detector(sensing, RATE)
    at_once = [
        (at // 2, edge) for at in range(0, len(sound), 2 * step) for edge in detector.feed(sound[at : at + 2 * step])
    ]
    assert held_back(sound, sensing, step)[0] == at_once
    assert at_once or "beeps" in name or sensing.prefix_ms == 300


def test_most_of_a_conversation_is_held_back() -> None:
    """Nine frames at a time, where a start takes five and an end forty; the noise after speech is the exception."""
    sound = pcm(*[on(white(6.0, RATE, -60), HELLO, 1.0, RATE)] * 4)
    fed = held_back(sound, Sensing(), FRAME)[1]
    assert fed < len(sound) / 2 / FRAME / 6


def earliest(turns: Turns, wait: int, earlier: int) -> int:
    """By trying everything that can come: with how many frames the first edge does."""
    count = 1
    while True:
        for frames in product((False, True), repeat=count):
            if any(frames[:wait]):
                continue
            tried = copy_of(turns)
            reach = earlier
            for place, speech in enumerate(frames):
                if tried.talking:
                    if tried.during(speech, 0):
                        return place + 1
                    continue
                tried.before(speech, 0, reach)
                if speech:
                    reach = 0
                elif place >= wait:
                    reach = min(reach + 1, MOST_EARLIER)
                if speech and tried.due:
                    return place + 1
        count += 1


def copy_of(turns: Turns) -> Turns:
    copy = Turns.__new__(Turns)
    for name in Turns.__slots__:
        setattr(copy, name, getattr(turns, name))
    return copy


@settings(max_examples=150)
@given(
    history=st.lists(st.booleans(), max_size=16),
    needed=st.integers(1, 6),
    silent=st.integers(1, 6),
    patience=st.integers(1, 4),
    lag=st.integers(0, 1),
    wait=st.integers(0, 1),
    earlier=st.integers(0, MOST_EARLIER),
)
def test_no_frames_whatever_bring_an_edge_sooner(
    history: list[bool], needed: int, silent: int, patience: int, lag: int, wait: int, earlier: int
) -> None:
    sensing = Sensing(prefix_ms=20 * needed, silence_ms=20 * silent)
    turns = Turns(sensing, 1_000, 20, blip=2, lag=lag, patience=patience)
    for at, speech in enumerate(history):
        if turns.talking:
            turns.during(speech, at)
            continue
        turns.before(speech, at, earlier)
        if speech and turns.due:
            turns.start(at)
    told = turns.slack(wait, earlier, MOST_EARLIER)
    assert 1 <= told <= earliest(turns, 0 if turns.talking else wait, earlier)


def test_an_ear_can_wait_as_long_as_its_detector_but_not_for_ever() -> None:
    ear = Ear(Sensing(prefix_ms=200, silence_ms=1 << 31, threshold_dbfs=-30.0))
    assert ear.slack(RATE) == 0
    ear.feed(bytes(1_000), RATE)
    assert ear.slack(RATE) == 2 * 10 * FRAME - 1_000 % (2 * FRAME)
    assert ear.slack(8_000) == 0
    (begun,) = ear.feed(pcm(tone(0.3, RATE, -10)), RATE)
    assert isinstance(begun, Begun)
    assert ear.slack(RATE) == 2 * RATE * MOST_SLACK_SECONDS


def test_an_ear_that_is_told_what_is_speech_decides_nothing() -> None:
    ear = Ear(None)
    ear.feed(bytes(2), RATE)
    assert ear.slack(RATE) == 2 * RATE * MOST_SLACK_SECONDS
    ear.begin()
    assert ear.slack(RATE) == 2 * RATE * MOST_SLACK_SECONDS


@pytest.mark.parametrize("begun", [b"\1", b"\0\0RIFF", b"\0\0RIFF\0\0\0\0WAVEfmt "])
def test_what_may_be_a_header_is_not_waited_for(begun: bytes) -> None:
    """It may be sound after all, and then it counts."""
    ear = Ear(Sensing())
    ear.feed(bytes(640), RATE)
    assert ear.slack(RATE) > 0
    ear.feed(begun, RATE)
    assert ear.slack(RATE) == 0


def test_an_ear_hears_the_same_if_all_is_held_back() -> None:
    sound = pcm(SOUNDS["speech in noise"])
    told = []
    for patient in (False, True):
        ear, held, found = Ear(Sensing()), b"", []
        for at in range(0, len(sound), 640):
            held += sound[at : at + 640]
            if not patient or len(held) >= ear.slack(RATE):
                found += [(at, one) for one in ear.feed(held, RATE)]
                held = b""
        told.append(found)
    assert told[0] == told[1]
    kinds = [type(one) for _, one in told[0]]
    assert kinds == [Begun, Ended] * (len(kinds) // 2) != []
