"""The small parts: tokens, pieces, timers, history views, names."""

import uuid
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gemlive_emulator.session.behaviour import AT_ONCE, Hearing, Pace
from gemlive_emulator.session.history import History
from gemlive_emulator.session.names import Names
from gemlive_emulator.session.pieces import LATER_PIECE_CHARACTERS, text_pieces, with_words
from gemlive_emulator.session.steps import Said
from gemlive_emulator.session.timers import Timer, Timers
from gemlive_emulator.session.tokens import audio_tokens, clip_text, count_tokens
from gemlive_emulator.testing.playbook import silent_speech


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("", 0),
        ("Hello there! How can I help you today?\n", 11),
        ("The capital of Brazil is **Brasília**.\n", 10),
        ("What is the capital of Brazil?", 7),
        ("   ", 0),
        ("...", 1),
    ],
)
def test_tokens_agree_with_the_recorded_ones(text: str, tokens: int):
    assert count_tokens(text) == tokens


def test_a_text_beyond_every_window_is_counted_by_its_beginning():
    assert count_tokens("word " * 1_000_000) == 1_000_000
    assert count_tokens("\n" * 5_000_000) == 5_000_000


@pytest.mark.parametrize("mark", ["w", "\u00e9", ".", "\U0001f600", " ", "\t"])
def test_what_is_long_is_several_tokens(mark: str):
    assert count_tokens(mark * 2400) == 100


def test_audio_tokens_are_25_a_second():
    assert audio_tokens(2.95) == 74
    assert audio_tokens(0) == 0


@given(st.text(), st.integers(0, 50))
def test_a_clipped_text_is_a_beginning_that_fits(text: str, limit: int):
    clipped = clip_text(text, limit)
    assert text.startswith(clipped)
    assert count_tokens(clipped) == min(limit, count_tokens(text))


@given(st.text(alphabet="ab \n.é", max_size=2000))
def test_pieces_joined_are_the_text(text: str):
    pieces = list(text_pieces(text))
    assert "".join(pieces) == text
    assert all(pieces)


def test_a_short_text_is_one_piece_and_a_long_one_is_cut_at_blanks():
    assert list(text_pieces("Yes, I am\n")) == ["Yes, I am\n"]
    assert list(text_pieces("")) == []
    pieces = list(text_pieces("word " * 200))
    assert pieces[0] == "word word word"
    assert all(len(piece) <= LATER_PIECE_CHARACTERS for piece in pieces)
    assert list(text_pieces("x" * 1000)) == ["x" * 1000]
    assert [len(piece) for piece in text_pieces("a b c " + "x" * 500)] == [5, 240, 240, 21]


def test_every_word_goes_with_a_part_not_later_than_it_is_heard():
    speech = silent_speech("one two three four five six seven", 3.0)
    seen = []
    for _, start, words in with_words(speech):
        assert all(word.start >= start or not seen for word in words)
        seen += words
    assert tuple(seen) == speech.words


def test_timers_go_off_in_order_and_only_when_due():
    timers = Timers()
    assert timers.deadline is None
    assert timers.pop_due(1e9) is None
    timers.set(Timer.DELIVERY, 2)
    timers.set(Timer.FIRST_MESSAGE, 1)
    assert timers.deadline == 1
    assert timers.pop_due(0.5) is None
    assert timers.pop_due(5) == (Timer.FIRST_MESSAGE, 1)
    assert timers.pop_due(5) == (Timer.DELIVERY, 2)
    timers.set(Timer.TURN_END, 3)
    timers.cancel(Timer.TURN_END)
    timers.cancel(Timer.TURN_END)
    timers.set(Timer.TURN_END, 3)
    timers.clear()
    assert timers.deadline is None


def test_a_view_does_not_see_what_comes_later():
    history = History()
    history.add(Said("user", "a"), 0)
    view = history.view()
    history.add(Said("model", "b"), 0)
    assert len(view) == 1
    assert view[0].text == view[-1].text == "a"
    assert [said.text for said in view[0:5]] == ["a"]
    assert [said.text for said in reversed(view)] == ["a"]
    for wrong in (1, -2):
        with pytest.raises(IndexError):
            view[wrong]


def test_a_restored_history_goes_its_own_way():
    history = History()
    history.add(Said("user", "a"), 2)
    snapshot = history.snapshot()
    history.add(Said("model", "b"), 2)
    own = snapshot.restore()
    own.add(Said("model", "c"), 2)
    assert [said.text for said in history.entries] == ["a", "b"]
    assert [said.text for said in own.entries] == ["a", "c"]
    assert own.tokens == history.tokens == {"TEXT": 6}


def test_names_have_the_forms_of_the_server():
    names = Names(b"seed")
    assert uuid.UUID(names.uuid()).version == 4
    handles = {names.opaque_handle() for _ in range(100)}
    assert len(handles) == 100
    assert all(handle.startswith("Cih") and len(handle) == 56 for handle in handles)


@pytest.mark.parametrize(
    ("record", "field", "value"),
    [
        (AT_ONCE, "speed", 0.0),
        (AT_ONCE, "gap", float("nan")),
        (Hearing(), "idle_end", -1.0),
        (Hearing(), "prefix_ms", -1),
    ],
)
def test_what_a_pace_or_a_hearing_cannot_be_is_refused(record: Pace | Hearing, field: str, value: float):
    with pytest.raises(ValueError, match=rf"^{field} is {value}; it has to be "):
        replace(record, **{field: value})
