"""Words: slices of the text with times that never go back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gemlive_emulator.audio.speech import Word
from gemlive_emulator.audio.words import Mark, split_words, spread, timed

MARKS = st.lists(st.builds(Mark, st.integers(-2, 300), st.floats(-1, 20)))


def in_order(words: tuple[Word, ...], seconds: float) -> bool:
    times = [time for word in words for time in (word.start, word.end)]
    return times == sorted(times) and all(0 <= time <= seconds for time in times)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", []),
        (" \n", [" \n"]),
        (" Hello, you!  ", [" Hello,", " you!  "]),
        ("3.5 km", ["3.5", " km"]),
        ("你好，「世界」。 ok", ["你", "好，「", "世", "界」。", " ok"]),  # noqa: RUF001
    ],
)
def test_words_carry_the_space_before_and_the_marks_after(text: str, words: list[str]) -> None:
    assert split_words(text) == words


@given(st.text() | st.text("ab 你。", max_size=80))
def test_joined_the_words_are_the_text(text: str) -> None:
    assert "".join(split_words(text)) == text


@given(st.text(max_size=200), MARKS, st.floats(0, 30))
def test_times_from_marks_never_go_back(text: str, marks: list[Mark], seconds: float) -> None:
    words = timed(text, marks, seconds)
    assert "".join(word.text for word in words) == text
    assert in_order(words, seconds)


@given(st.text(max_size=200), st.floats(0, 30))
def test_times_by_letters_never_go_back(text: str, seconds: float) -> None:
    words = spread(text, seconds)
    assert "".join(word.text for word in words) == text
    assert in_order(words, seconds)


def test_a_word_starts_at_its_first_mark_and_ends_where_the_next_starts() -> None:
    marks = [Mark(0, 0.0), Mark(2, 0.5), Mark(4, 0.7), Mark(6, 0.9)]
    assert timed("a 3.5 b", marks, 1.2) == (Word("a", 0.0, 0.5), Word(" 3.5", 0.5, 0.9), Word(" b", 0.9, 1.2))


def test_a_word_without_a_mark_starts_with_the_one_before() -> None:
    assert timed("a - b", [Mark(0, 0.1), Mark(4, 0.6)], 1.0)[1] == Word(" -", 0.1, 0.6)


def test_letters_share_the_time() -> None:
    assert spread("ab cd", 2.0) == (Word("ab", 0.0, 1.0), Word(" cd", 1.0, 2.0))
