"""The recordings that come with the project: each is played to a client that does what its own did, and converted."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tapes import DONE, READY, SETUP, client, closed, says, server, sound, tape, typed

from gemlive_emulator.record.converting import convert, written
from gemlive_emulator.record.playback import Playback
from gemlive_emulator.record.shelf import load
from gemlive_emulator.scenario.loader import parse
from gemlive_emulator.session.commands import Close, Raw
from gemlive_emulator.session.events import AudioReceived, ClientClosed, Connected, Event, MessageReceived, TimePassed
from gemlive_emulator.wire.codec import decode
from gemlive_emulator.wire.tape import Tape, Taped, with_silence
from gemlive_emulator.wire.template import sound_of

FOLDER = Path(__file__).parents[2] / "fixtures" / "recordings"
FILES = sorted(FOLDER.glob("*.jsonl"))


def event_of(one: Taped) -> Event:
    """What a driver makes of a message."""
    if one.code is not None:
        return ClientClosed()
    message = decode(with_silence(one.payload)).message
    blob = sound_of(message)
    return MessageReceived(message) if blob is None else AudioReceived(blob.data, blob.mime_type or "")


def played(recorded: Tape, times: dict[int, float], **how: bool) -> tuple[list[bytes], list[float], Playback]:
    """What goes out, and when, to a client that sends what the recorded one did; ``times`` says when, by the place."""
    playback = Playback(recorded, "played", **how)
    out: list[bytes] = []
    at: list[float] = []

    def take(event: Event, now: float) -> None:
        for command in playback.handle(event, now):
            if isinstance(command, Raw | Close):
                out.append(command.payload if isinstance(command, Raw) else b"%d" % command.code)
                at.append(now)

    take(Connected(), 0.0)
    now = 0.0
    for place, one in enumerate(recorded.taped):
        if one.side == "server":
            continue
        now = max(now, times[place])
        while (due := playback.deadline) is not None and due <= now:
            take(TimePassed(), due)
        take(event_of(one), now)
    while (due := playback.deadline) is not None:
        take(TimePassed(), due)
    return out, at, playback


def sent_by_server(recorded: Tape) -> list[bytes]:
    told = [one for one in recorded.taped if one.side == "server"]
    return [with_silence(one.payload) if one.code is None else b"%d" % one.code for one in told]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_it_is_played_as_it_was(path: Path) -> None:
    recorded = load(path).tape
    as_recorded = {place: one.time for place, one in enumerate(recorded.taped)}
    out, at, playback = played(recorded, as_recorded)
    assert out == sent_by_server(recorded)
    assert at == pytest.approx([one.time for one in recorded.taped if one.side == "server"])
    assert playback.problems == []


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_it_becomes_a_scenario(path: Path) -> None:
    converted = convert(load(path).tape, path.stem)
    assert converted.notes == ()
    [scenario] = parse(written(converted, path.name))
    assert scenario.name == path.stem


def test_each_is_told_of_and_nothing_of_this_machine_is() -> None:
    readme = (FOLDER / "README.md").read_text(encoding="utf-8")
    assert re.findall(r"^\| `([\w-]+\.jsonl)`", readme, re.MULTILINE) == [
        "greeting.jsonl",
        "tide.jsonl",
        "deadline.jsonl",
    ]
    assert len(FILES) == 3
    assert {load(path).tape.about["upstream"] for path in FILES} == {"ws://127.0.0.1:8765"}


# Whatever was recorded.

MESSAGES = st.one_of(
    st.builds(lambda text: ("client", typed(text)), st.sampled_from(["Hello", "Bye", ""])),
    st.builds(lambda octets: ("client", sound(octets)), st.binary(max_size=40)),
    st.builds(lambda text: ("server", says(text)), st.text(max_size=3)),
    st.just(("server", DONE)),
)


@st.composite
def tapes(draw: st.DrawFn) -> Tape:
    gaps = st.floats(0, 5, allow_nan=False)
    time = 0.0
    taped = [client(0.0, SETUP), server(0.0, READY)]
    for side, message in draw(st.lists(MESSAGES, max_size=12)):
        time += draw(gaps)
        taped.append((client if side == "client" else server)(round(time, 3), message))
    if draw(st.booleans()):
        taped.append(closed(round(time, 3), 1011))
    return tape(*taped)


@given(tapes(), st.data(), st.booleans())
def test_a_client_that_does_the_same_gets_the_same_whenever_it_does(
    recorded: Tape, data: st.DataObject, at_once: bool
) -> None:
    times = {place: data.draw(st.floats(0, 20)) for place, one in enumerate(recorded.taped) if one.side == "client"}
    out, at, playback = played(recorded, times, at_once=at_once)
    assert out == sent_by_server(recorded)
    assert at == sorted(at)
    assert playback.problems == []


@given(tapes())
def test_nothing_is_sooner_than_it_was(recorded: Tape) -> None:
    as_recorded = {place: one.time for place, one in enumerate(recorded.taped)}
    _, at, _ = played(recorded, as_recorded)
    for then, now in zip((one.time for one in recorded.taped if one.side == "server"), at, strict=True):
        assert now == pytest.approx(then)
