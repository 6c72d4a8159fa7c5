"""Sentences: where they end, and that nothing is lost."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gemlive_emulator.audio.sentences import LONGEST, mend, speakable, split_sentences

RHYTHMS = st.lists(
    st.sampled_from(
        ["Dr.", "word", "1.", "...", "…", " ", "\n", ".", "!", '"', "。", "，", ", ", "x" * 310, "é", "e.g."]  # noqa: RUF001
    ),
    max_size=60,
).map("".join)
TEXTS = st.text() | RHYTHMS | st.text("ab .,\n", min_size=300, max_size=1000)


@given(TEXTS)
def test_joined_the_sentences_are_the_text_and_none_is_too_long(text: str) -> None:
    sentences = split_sentences(text)
    assert "".join(sentences) == text
    assert all(0 < len(sentence) <= LONGEST for sentence in sentences)


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("", []),
        ("  \n", ["  \n"]),
        ("Hello", ["Hello"]),
        ("Hello there! how are you? Fine.", ["Hello there!", " how are you?", " Fine."]),
        ("It costs 3.50 or 1,000.00 in all. Good.", ["It costs 3.50 or 1,000.00 in all.", " Good."]),
        ("Dr. Smith met Mrs. Jones. They spoke.", ["Dr. Smith met Mrs. Jones.", " They spoke."]),
        ("J. R. Tolkien wrote it.", ["J. R. Tolkien wrote it."]),
        ("So did I. You too.", ["So did I.", " You too."]),
        ("See e.g. Paris or the U.S. Navy.", ["See e.g. Paris or the U.S. Navy."]),
        ("Take no. 5. Really.", ["Take no. 5.", " Really."]),
        ("No. That is wrong.", ["No.", " That is wrong."]),
        ("Well... maybe not… or so. Yes... No.", ["Well... maybe not… or so.", " Yes...", " No."]),
        ('"Really?" he asked. "Yes." She left.', ['"Really?" he asked.', ' "Yes."', " She left."]),
        ("1. One\n2. Two\n\nEnd. \n", ["1. One", "\n2. Two", "\n\nEnd. \n"]),
        ("In 1995. Then 2 + 2 = 4. Ok", ["In 1995.", " Then 2 + 2 = 4.", " Ok"]),
        ("At 5 !!! Go.", ["At 5 !!!", " Go."]),
        ("Version 2.x.y is out.now go", ["Version 2.x.y is out.now go"]),
        ("你好。我是「小明。」你呢？好", ["你好。", "我是「小明。」", "你呢？", "好"]),  # noqa: RUF001
    ],
)
def test_where_sentences_end(text: str, sentences: list[str]) -> None:
    assert split_sentences(text) == sentences


def test_a_long_sentence_is_cut_after_a_clause() -> None:
    text = "a" * 100 + " " + "b" * 99 + ", " + "c" * 90 + " " + "d" * 50
    assert split_sentences(text) == [text[:201], text[201:]]


def test_a_long_sentence_without_clauses_is_cut_between_words() -> None:
    assert split_sentences("word " * 70) == [("word " * 60)[:-1], " " + "word " * 10]


def test_a_word_that_is_too_long_is_cut_anywhere() -> None:
    assert [len(piece) for piece in split_sentences("x" * 700)] == [300, 300, 100]


def test_forty_thousand_dots_are_read_in_one_go() -> None:
    assert len(split_sentences("." * 40_000 + "x")) == 134


@pytest.mark.parametrize("piece", ["a.", "A. ", "a"])
def test_a_text_that_has_no_end_is_read_in_one_go(piece: str) -> None:
    text = piece * (600_000 // len(piece))
    assert "".join(split_sentences(text)) == text


@given(st.text())
def test_mended_and_speakable_texts_keep_every_place(text: str) -> None:
    broken = f"{text}\ud800\x00{text}"
    assert len(mend(broken)) == len(speakable(broken)) == len(broken)
    assert mend(broken).encode()
    assert "\x00" not in speakable(broken)


def test_mending_touches_surrogates_only() -> None:
    assert mend("a\x00b\udfffc\U0001f44d") == "a\x00b\ufffdc\U0001f44d"
    assert speakable("a\x00b\ud800c\td\ufeff") == "a b c\td "
