"""The client's side of a conversation, with time moved by hand."""

import json
from base64 import b64decode
from math import inf

import pytest

from gemlive_emulator.cli.conversing import LINGER_SECONDS, SETTLE_SECONDS, Endless, Plan, Send, Spoken, Talk, Typed
from gemlive_emulator.cli.told import Account

SAMPLE = b"\x01\x00"
AUDIO = {
    "serverContent": {"modelTurn": {"parts": [{"inlineData": {"data": "AAAA", "mimeType": "audio/pcm;rate=24000"}}]}}
}
INTERRUPTED = {"serverContent": {"interrupted": True}}
END = {"serverContent": {"turnComplete": True}}


class Book:
    """A talk, what it sent and told, and the time."""

    def __init__(self, *inputs: Typed | Spoken | Endless, **plan: object) -> None:
        self.talk = Talk({"model": "models/m"}, inputs, Plan(**plan), Account())
        self.now = 0.0
        self.sent: list[tuple[float, dict]] = []
        self.told: list[tuple[float, str]] = []
        self._take(self.talk.open(0.0))

    def _take(self, steps) -> None:
        for step in steps:
            if isinstance(step, Send):
                self.sent.append((self.now, json.loads(step.frame)))
            else:
                self.told.append((step.at, step.event))

    def until(self, then: float) -> None:
        """Wake the talk when it wants it, until then."""
        while not self.talk.over and self.talk.deadline <= then:
            self.now = max(self.now, self.talk.deadline)
            self._take(self.talk.wake(self.now))
        self.now = then

    def hear(self, *messages: object) -> None:
        for message in messages:
            self._take(self.talk.hear(message, self.now))

    def events(self) -> list[str]:
        return [event for _, event in self.told]

    def sounds(self) -> list[tuple[float, str, bytes]]:
        """When which MIME type and sound was sent."""
        audio = [
            (at, message["realtimeInput"]["audio"])
            for at, message in self.sent
            if "audio" in message.get("realtimeInput", {})
        ]
        return [(round(at, 6), blob["mimeType"], b64decode(blob["data"])) for at, blob in audio]


def begun(*inputs: Typed | Spoken | Endless, **plan: object) -> Book:
    book = Book(*inputs, **plan)
    book.hear({"setupComplete": {}})
    return book


def spoken(seconds: float, name: str = "a.wav", rate: int = 1000, header: bytes = b"") -> Spoken:
    return Spoken(name, SAMPLE * round(seconds * rate), rate, header)


def test_the_setup_goes_first_and_nothing_before_its_answer():
    book = Book(spoken(1))
    book.until(5)
    assert book.sent == [(0.0, {"setup": {"model": "models/m"}})]
    book.hear({"setupComplete": {}}, {"setupComplete": {}})
    assert book.events() == ["setup-complete", "sending", "setup-complete"]


def test_a_file_is_sent_in_real_time_in_portions_as_long_as_asked():
    book = begun(spoken(0.05, header=b"RIFF"), chunk=0.02, silence=0.0)
    book.until(1)
    mime = "audio/pcm;rate=1000"
    assert book.sounds() == [(0.02, mime, b"RIFF" + SAMPLE * 20), (0.04, mime, SAMPLE * 20), (0.06, mime, SAMPLE * 10)]
    assert book.told[-1] == (pytest.approx(0.06), "sent")


def test_a_late_call_makes_up_for_what_was_due():
    book = begun(spoken(1), chunk=0.1)
    book.now = 0.55
    book._take(book.talk.wake(0.55))
    assert [at for at, _, _ in book.sounds()] == [0.55] * 5
    assert book.talk.deadline == pytest.approx(0.6)


def test_silence_follows_until_the_answer_has_ended_at_the_rate_of_the_file():
    book = begun(spoken(0.1, rate=8000), chunk=0.1)
    book.until(1.0)
    book.hear(AUDIO)
    book.until(2.0)
    silence = book.sounds()[1:]
    assert {sound for _, _, sound in silence} == {bytes(1600)}
    assert {mime for _, mime, _ in silence} == {"audio/pcm;rate=8000"}
    book.hear(END)
    count = len(book.sounds())
    book.until(3.0)
    assert (book.talk.over, book.talk.problem, len(book.sounds())) == (True, "", count)


def test_silence_may_be_as_long_as_asked():
    book = begun(spoken(0.1), chunk=0.1, silence=0.25)
    book.until(5)
    assert [len(sound) // 2 for _, _, sound in book.sounds()] == [100, 100, 100, 50]


def test_a_file_at_once_is_all_there_before_anything_else():
    book = begun(spoken(0.5, header=b"RIFF"), chunk=0.2, as_fast=True)
    assert book.sounds() == [
        (0, "audio/pcm;rate=1000", b"RIFF" + SAMPLE * 200),
        (0, "audio/pcm;rate=1000", SAMPLE * 200),
        (0, "audio/pcm;rate=1000", SAMPLE * 100),
    ]
    book.until(0.5)
    assert [sound for _, _, sound in book.sounds()[3:]] == [bytes(400)] * 2


def test_a_typed_turn_is_text_and_stops_the_stream():
    book = begun(Typed("Hi"), spoken(0.1), Typed("Bye"))
    assert book.sent[-1][1] == {"realtimeInput": {"text": "Hi"}}
    book.hear(AUDIO, END)
    book.until(1)
    book.hear(AUDIO, END)
    assert book.sent[-1][1] == {"realtimeInput": {"text": "Bye"}}
    book.until(5)
    assert book.sent[-1][1] == {"realtimeInput": {"text": "Bye"}}
    book.hear(END)
    book.until(6)
    assert (book.talk.over, book.talk.problem) == (True, "")


def test_the_next_file_begins_when_the_answer_has_ended():
    book = begun(spoken(0.1, "a"), spoken(0.1, "b"), chunk=0.1)
    book.until(2)
    book.hear(AUDIO)
    book.until(3)
    assert book.events().count("sending") == 1
    book.hear(END)
    assert book.told[-1] == (3.0, "sending")
    book.until(3.5)
    book.hear(AUDIO, END)
    book.until(4)
    assert book.talk.over


def test_barge_in_begins_the_next_file_while_the_answer_runs():
    book = begun(spoken(0.1, "a"), spoken(0.5, "b"), chunk=0.1, barge_in=0.75)
    book.until(1)
    book.hear(AUDIO)
    book.until(1.5)
    book.hear(AUDIO)
    book.until(2)
    assert (1.75, "sending") in book.told
    book.hear(INTERRUPTED, END)
    book.until(2.5)
    assert not book.talk.over, "the end of the interrupted answer is no answer to what interrupted it"
    book.hear(AUDIO, END)
    book.until(3)
    assert (book.talk.over, book.talk.problem) == (True, "")


def test_an_answer_that_is_not_interrupted_is_not_the_answer_to_the_barge_in():
    book = begun(spoken(0.1, "a"), spoken(0.1, "b"), chunk=0.1, barge_in=0.0)
    book.until(1)
    book.hear(AUDIO)
    book.until(2)
    book.hear(END)
    book.until(2 + LINGER_SECONDS)
    assert not book.talk.over
    book.hear(AUDIO, END)
    book.until(3)
    assert book.talk.over


def test_an_interrupted_answer_may_have_no_end_of_its_own():
    book = begun(spoken(0.1, "a"), spoken(0.1, "b"), chunk=0.1, barge_in=0.0)
    book.until(1)
    book.hear(AUDIO)
    book.until(2)
    book.hear(INTERRUPTED)
    book.until(3)
    book.hear(AUDIO, END)
    book.until(4)
    assert (book.talk.over, book.talk.problem) == (True, "")


def test_a_file_is_not_cut_by_the_next_one():
    book = begun(spoken(2, "a"), spoken(0.1, "b"), chunk=0.1, barge_in=0.2)
    book.until(1)
    book.hear(AUDIO)
    book.until(3)
    assert [at for at, event in book.told if event in ("sent", "sending")][1:3] == [pytest.approx(2), pytest.approx(2)]


def test_an_answer_to_the_first_half_of_a_file_is_taken_for_all_when_no_other_begins():
    book = begun(spoken(2), chunk=0.1)
    book.until(1)
    book.hear(AUDIO, END)
    book.until(2 + SETTLE_SECONDS - 0.1)
    assert not book.talk.over
    book.until(2 + SETTLE_SECONDS + LINGER_SECONDS + 0.1)
    assert (book.talk.over, book.talk.problem) == (True, "")


def test_an_answer_to_the_second_half_of_a_file_is_waited_for():
    book = begun(spoken(2), chunk=0.1)
    book.until(1)
    book.hear(AUDIO, END)
    book.until(3)
    book.hear(AUDIO)
    book.until(3 + SETTLE_SECONDS)
    assert not book.talk.over
    book.hear(END)
    book.until(4 + SETTLE_SECONDS)
    assert (book.talk.over, book.talk.problem) == (True, "")


def test_a_turn_without_an_answer_ends_too():
    book = begun(Typed("Hm"))
    book.hear({"serverContent": {"waitingForInput": True}}, END)
    book.until(1)
    assert (book.talk.over, book.talk.problem) == (True, "")


def test_what_comes_behind_the_last_answer_is_heard():
    book = begun(Typed("Hi"))
    book.hear(END)
    book.until(LINGER_SECONDS / 2)
    book.hear({"sessionResumptionUpdate": {"newHandle": "h"}}, END)
    book.until(LINGER_SECONDS + 0.01)
    assert (book.talk.over, book.events()[-2]) == (True, "handle")


@pytest.mark.parametrize(
    ("setup", "problem"),
    [
        (False, "nothing came for 30 s after the setup"),
        (True, "nothing came for 30 s and the answer to a.wav has not ended"),
    ],
)
def test_patience_ends(setup: bool, problem: str):
    book = begun(spoken(0.1)) if setup else Book(spoken(0.1))
    book.until(29.9)
    assert not book.talk.over
    book.until(31)
    assert (book.talk.over, book.talk.problem) == (True, problem)


def test_patience_begins_anew_with_each_message_and_lasts_while_the_answer_plays():
    book = begun(Typed("Hi"), patience=2.0)
    book.until(1.5)
    minute = {"inlineData": {"data": "AAAA" * 960_000, "mimeType": "audio/pcm;rate=24000"}}
    book.hear({"serverContent": {"modelTurn": {"parts": [minute]}}}, {"serverContent": {"generationComplete": True}})
    book.until(63)
    assert not book.talk.over
    book.until(64)
    assert book.talk.over


def test_patience_does_not_end_while_a_long_file_is_sent():
    book = begun(spoken(60), patience=1.0)
    book.until(60.5)
    assert not book.talk.over
    book.until(61.5)
    assert book.talk.over


def test_a_close_is_told_and_is_a_problem_before_the_end_only():
    book = begun(Typed("Hi"))
    book._take(book.talk.closed(1008, "Operation not supported", 1.0))
    assert book.told[-1] == (1.0, "closed")
    assert (book.talk.over, book.talk.problem) == (
        True,
        "the server closed the connection: 1008 Operation not supported",
    )
    broken = begun(Typed("Hi"))
    broken._take(broken.talk.closed(None, "", 1.0))
    assert broken.talk.problem == "the connection broke"
    done = begun(Typed("Hi"))
    done.hear(END)
    done._take(done.talk.closed(1000, "", 0.1))
    assert (done.talk.over, done.talk.problem) == (True, "")


def test_a_microphone_is_sent_as_it_comes_for_ever():
    heard = [b"ab", b"", b"cdef"]
    book = begun(Endless("microphone", 16000, lambda: heard.pop(0) if heard else b""), chunk=0.1)
    book.hear(AUDIO)
    book.until(1)
    book.hear(END)
    book.until(3600)
    assert book.sounds() == [(0.1, "audio/pcm;rate=16000", b"ab"), (0.3, "audio/pcm;rate=16000", b"cdef")]
    assert not book.talk.over
    assert book.talk.deadline < inf


@pytest.mark.parametrize("message", ["text", 3, None, []])
def test_a_message_that_is_no_object_is_told(message: object):
    book = begun(Typed("Hi"))
    book.hear(message)
    assert book.events()[-1] == "other"
