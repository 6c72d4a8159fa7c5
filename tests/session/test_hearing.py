"""Placeholders: what stands for words that nobody knows is told from words."""

import pytest

from gemlive_emulator.session.hearing import (
    NOTHING_FOREKNOWN,
    is_placeholder,
    placeholder,
    seconds_of,
    words_alone,
)


@pytest.mark.parametrize("seconds", [0.0, 1.84, 12_345.678])
def test_a_placeholder_tells_how_long_the_speech_was(seconds: float):
    words = placeholder(seconds)
    assert words.by == "placeholder"
    assert is_placeholder(words.text)
    assert words_alone(words.text) == ""
    assert seconds_of(words.text) == pytest.approx(seconds, abs=0.005)


def test_the_placeholders_of_several_utterances_are_told_together():
    text = f"{placeholder(1.5).text} {placeholder(2).text}"
    assert is_placeholder(text)
    assert seconds_of(text) == 3.5


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", ""),
        ("  two\nwords ", "  two\nwords "),
        ("look at (speech 1.84 s) this", "look at this"),
        ("(speech 1.84 s) stop", "stop"),
        ("(speech 1.8 s)", "(speech 1.8 s)"),
        ("(speech soon s)", "(speech soon s)"),
    ],
)
def test_words_are_no_placeholder(text: str, words: str):
    assert not is_placeholder(text)
    assert words_alone(text) == words


def test_nothing_is_known_beforehand_where_nobody_says_anything():
    assert NOTHING_FOREKNOWN.says() is None
    assert NOTHING_FOREKNOWN.phrases == ()
