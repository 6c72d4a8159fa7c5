"""Sound may be held back as far as the session says: whatever happens meanwhile, the same comes of it."""

import json
from itertools import pairwise
from typing import Any

import pytest
from book import CASCADE, FIXED, MIDDLE, NATIVE, NEW, OLD, STEADY, echo, quiet, tone
from desk import Desk, asked
from hypothesis import example, given, settings
from hypothesis import strategies as st

from gemlive_emulator.profiles.admit import Terms, doorkeeper
from gemlive_emulator.session.commands import Command, Synthesize, Transcribe
from gemlive_emulator.session.events import (
    AudioReceived,
    Connected,
    Event,
    MessageReceived,
    SpeechReady,
    TimePassed,
    Transcribed,
)
from gemlive_emulator.session.names import Names
from gemlive_emulator.session.session import Session
from gemlive_emulator.testing.playbook import silent_speech
from gemlive_emulator.wire.codec import decode
from gemlive_emulator.wire.endpoint import Backend, Endpoint

VERTEX = "publishers/google/models/gemini-live-2.5-flash"
RATE, MIME = 16_000, "audio/pcm;rate=16000"


class Side:
    """A session, and whoever brings it what its client sends: at once, or as late as it may."""

    def __init__(self, model: str, patient: bool, overrides: dict[str, Any]) -> None:
        backend = Backend.VERTEX if model == VERTEX else Backend.GEMINI
        terms = Terms(pace=STEADY, overrides=overrides)
        self.session = Session(doorkeeper(Endpoint(backend), echo, terms), Names(1))
        self.came: list[tuple[float, Command]] = []
        self.brought = 0
        self._patient = patient
        self._held: list[bytes] = []
        self._latest, self._since = 0, 0.0
        resumption = {"transparent": True} if backend is Backend.VERTEX else {}
        config = {"generationConfig": {"responseModalities": ["AUDIO"]}, "sessionResumption": resumption}
        self.bring(Connected(), 0.0)
        self.bring(MessageReceived(decode(json.dumps({"setup": {"model": model, **config}})).message), 0.0)
        assert self.session.admission is not None

    def hear(self, sound: bytes, now: float) -> None:
        if not self._held:
            self._enough = self.session.slack(RATE) if self._patient else 0
        self._held.append(sound)
        self._latest, self._since = len(sound), now
        if sum(map(len, self._held)) >= self._enough:
            self._hear_out()

    def bring(self, event: Event, now: float) -> None:
        self._hear_out()
        self._bring(event, now)

    def pass_time(self, now: float) -> None:
        while (deadline := self.session.deadline) is not None and deadline <= now:
            self.bring(TimePassed(), deadline)

    def _hear_out(self) -> None:
        if self._held:
            self.brought += 1
            sound, count = b"".join(self._held), len(self._held)
            self._held.clear()
            self._bring(AudioReceived(sound, MIME, count, self._latest), self._since)

    def _bring(self, event: Event, now: float) -> None:
        for command in self.session.handle(event, now):
            self.came.append((now, command))
            if isinstance(command, Synthesize):
                self._bring(SpeechReady(command.id, silent_speech(command.text)), now)
            elif isinstance(command, Transcribe):
                self._bring(Transcribed(command.id, None), now)


portions = st.tuples(st.sampled_from("#."), st.integers(1, 60), st.sampled_from([0.02, 0.02, 0.1, 0.013]))
"""``#`` is loud: how often, and how many seconds each."""
messages = st.sampled_from(
    [
        {"realtimeInput": {"text": "And this?"}},
        {"realtimeInput": {"audioStreamEnd": True}},
        {"clientContent": {"turns": [{"parts": [{"text": "Hello"}]}], "turnComplete": True}},
        {"realtimeInput": {"video": {"data": "AAAA", "mimeType": "image/jpeg"}}},
    ]
)
pauses = st.sampled_from([0.0, 0.3, 1.5, 40.0])


@pytest.mark.parametrize("model", [OLD, CASCADE, NATIVE, MIDDLE, NEW, VERTEX])
@settings(max_examples=40, deadline=None)
@given(script=st.lists(st.one_of(portions, messages, pauses), max_size=14), fixed=st.booleans())
@example(script=[(".", 20, 0.02), ("#", 40, 0.02), 1.5, ("#", 30, 0.02), (".", 60, 0.02)], fixed=True)
@example(script=[("#", 40, 0.02), {"realtimeInput": {"text": "And this?"}}, (".", 50, 0.02)], fixed=True)
def test_the_same_comes_of_it_at_the_same_time(model: str, script: list[Any], fixed: bool) -> None:
    both = [Side(model, patient, FIXED if fixed else {}) for patient in (False, True)]
    for side in both:
        now = 1.0
        for deed in script:
            if isinstance(deed, tuple):
                kind, count, seconds = deed
                for _ in range(count):
                    now += seconds
                    side.pass_time(now)
                    side.hear((tone if kind == "#" else quiet)(seconds), now)
            elif isinstance(deed, float):
                now += deed
                side.pass_time(now)
            else:
                side.bring(MessageReceived(decode(json.dumps(deed)).message), now)
        side.pass_time(now + 100.0)
    eager, patient = both
    assert list(map(repr, patient.came)) == list(map(repr, eager.came))
    assert patient.brought <= eager.brought


def test_most_of_it_can_be_held_back() -> None:
    side = Side(NEW, patient=True, overrides=FIXED)
    for at in range(200):
        side.hear((tone if 50 <= at < 100 else quiet)(0.02), at * 0.02)
    assert side.brought <= 200 / 4


def test_before_the_setup_is_accepted_nothing_can_wait() -> None:
    assert Session(doorkeeper(Endpoint(), echo, Terms()), Names(1)).slack(RATE) == 0


def test_sound_that_would_be_refused_does_not_wait() -> None:
    book = asked(Desk(), NATIVE, overrides={"behaviour.calling.realtime": "refused"})
    assert book.session.slack(RATE) == 0
    book.speak(quiet(0.02))
    assert book.closed is not None


def test_the_idle_rule_counts_what_came_last() -> None:
    """Not what was brought together: else a turn that ends by it would end later, the more was held back."""
    ends = []
    for latest in (None, 640):
        side = Side(NATIVE, patient=False, overrides=FIXED)
        side.bring(AudioReceived(tone(1.0), MIME, 50, latest), 1.0)
        deadline = side.session.deadline
        assert deadline is not None
        ends.append(deadline)
    assert [late - early for early, late in pairwise(reversed(ends))] == [pytest.approx(0.98)]
