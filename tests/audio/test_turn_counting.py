"""Frames of speech and silence become starts and ends."""

from gemlive_emulator.audio.activity import Edge, Sensing
from gemlive_emulator.audio.turns import Turns

RATE, FRAME = 1_000, 20


def told(frames: str, sensing: Sensing, **settings: int) -> list[Edge]:
    """``#`` is a frame of speech, ``.`` one of silence."""
    turns = Turns(sensing, RATE, FRAME, **settings)
    edges: list[Edge | None] = []
    for index, frame in enumerate(frames, 1):
        at = index * FRAME
        if turns.talking:
            edges.append(turns.during(frame == "#", at))
            continue
        turns.before(frame == "#", at)
        if turns.due:
            edges.append(turns.start(at))
    return [edge for edge in edges if edge]


def test_a_start_takes_as_much_speech_and_an_end_as_much_silence_as_is_set():
    edges = told("..####....", Sensing(prefix_ms=60, silence_ms=60))
    assert edges == [Edge("start", 100, 40), Edge("end", 180, 120)]


def test_parts_of_a_frame_are_whole_ones():
    assert told("##..", Sensing(prefix_ms=21, silence_ms=21)) == [Edge("start", 40, 0), Edge("end", 80, 40)]


def test_silence_takes_away_what_speech_gave_towards_a_start():
    assert told("##..#.##.", Sensing(prefix_ms=60, silence_ms=60)) == []
    assert told("##.##", Sensing(prefix_ms=60, silence_ms=60)) == [Edge("start", 100, 0)]
    assert told("#.###", Sensing(prefix_ms=60, silence_ms=60)) == [Edge("start", 100, 40)]


def test_a_patient_count_takes_less_away():
    sensing = Sensing(prefix_ms=60, silence_ms=60)
    assert told("##...#", sensing, patience=4) == [Edge("start", 120, 0)]
    assert told("##....#.#", sensing, patience=4) == [Edge("start", 180, 0)]
    assert told("##.......##", sensing, patience=4) == [Edge("start", 220, 0)]
    assert told("##........##.", sensing, patience=4) == []
    assert told("##........###", sensing, patience=4) == [Edge("start", 260, 200)]


def test_a_blip_does_not_put_off_the_end():
    sensing = Sensing(prefix_ms=20, silence_ms=80)
    assert told("#..#..", sensing, blip=2) == [Edge("start", 20, 0), Edge("end", 100, 20)]
    assert told("#..##....", sensing, blip=2) == [Edge("start", 20, 0), Edge("end", 180, 100)]
    assert told("#..#....", sensing, blip=1) == [Edge("start", 20, 0), Edge("end", 160, 80)]


def test_speech_that_was_told_late_counts_from_where_it_began():
    assert told("..##", Sensing(prefix_ms=60, silence_ms=60), lag=1) == [Edge("start", 80, 20)]


def test_frames_that_turn_out_to_be_speech_count_as_far_as_they_are_needed():
    turns = Turns(Sensing(prefix_ms=100, silence_ms=60), RATE, FRAME, lag=1)
    turns.before(True, 120, earlier=2)
    assert (turns.credit, turns.due) == (4, False)
    turns.before(True, 140, earlier=2)
    assert turns.start(140) == Edge("start", 140, 40)

    turns = Turns(Sensing(prefix_ms=60, silence_ms=60), RATE, FRAME, lag=1)
    turns.before(True, 120, earlier=3)
    assert (turns.credit, turns.needed) == (4, 3)
    assert turns.start(120) == Edge("start", 120, 20)


def test_no_time_is_one_frame():
    assert told("#.#.", Sensing(prefix_ms=0, silence_ms=0)) == [
        Edge("start", 20, 0),
        Edge("end", 40, 20),
        Edge("start", 60, 40),
        Edge("end", 80, 60),
    ]
