"""The traps of JSON: each ends in a clean 1007, and what is let through can be encoded again."""

import json

import pytest

from gemlive_emulator.wire.errors import ClientFault
from gemlive_emulator.wire.json_text import MOST_VALUES, MOST_WARNINGS, parse


def refused(frame: bytes) -> ClientFault:
    with pytest.raises(ClientFault) as caught:
        parse(frame, [])
    assert caught.value.code == 1007
    assert caught.value.words.startswith("Invalid JSON payload received. ")
    assert caught.value.hint
    return caught.value


@pytest.mark.parametrize(
    ("frame", "words", "hint"),
    [
        (b"", "Unexpected token.", "line 1 column 1"),
        (b"{not json", "Unexpected token.", "line 1 column 2"),
        (b'{"a":1}{"b":2}', "Unexpected token.", "column 8"),
        (b'{"a":1}\n\n,', "Unexpected token.", "line 3 column 1"),
        (b'{"a":"\x01"}', "Unexpected token.", "control character"),
        (b'\xef\xbb\xbf{"a":1}', "Unexpected token.", "BOM"),
        (b'{"a":"\xff"}', "The text is not UTF-8.", "byte 6"),
        (b'{"a":"\xed\xa0\x80"}', "The text is not UTF-8.", "byte 6"),
        (b'{"a":NaN}', "Unexpected token.", "NaN is not JSON"),
        (b'{"a":-Infinity}', "Unexpected token.", "-Infinity is not JSON"),
        (b'{"a":1e400}', "Number out of range.", "1e400"),
        (b'{"a":' + b"9" * 5_000 + b"}", "Number out of range.", "too many digits"),
        (b'{"a":1,"b":2,"a":3}', 'Duplicate name "a".', "once"),
        (b'{"x":{"\\u0061":1,"a":3}}', 'Duplicate name "a".', "once"),
        (b"[" * 101 + b"]" * 101, "Message too deep.", "100 levels"),
        (b'{"a":' * 101 + b"{}" + b"}" * 101, "Message too deep.", "100 levels"),
        (b"[" * 10_000 + b"]" * 10_000, "Message too deep.", "100 levels"),
        (b'{"a":' * 100_000, "Message too deep.", "100 levels"),
        (b"[" + b"9," * MOST_VALUES + b"9]", "Too many values.", str(MOST_VALUES)),
        (b"[" + b"[]," * MOST_VALUES + b"9]", "Too many values.", str(MOST_VALUES)),
        (b"[" + b'"",' * 3 * MOST_VALUES + b"9]", "Too many values.", str(MOST_VALUES)),
        (b"{" + b",".join(b'"%d":1' % n for n in range(100_000)) + b',"7":2}', 'Duplicate name "7".', "once"),
    ],
)
def test_what_is_no_json_is_refused_with_its_place(frame, words, hint):
    fault = refused(frame)
    assert words in fault.words
    assert hint in fault.hint


@pytest.mark.parametrize(
    "frame",
    [b"[" * 100 + b"]" * 100, b"[" * 100 + b"7" + b"]" * 100, b"[" + b"{}," * 150 + b"[]]", b'"' + b"{[" * 90 + b'"'],
)
def test_nesting_up_to_the_limit_and_any_width_are_fine(frame):
    assert parse(frame, []) == json.loads(frame)


@pytest.mark.parametrize("mark", [b",", b"[", b"{", b'\\",', b"\\\\,"])
def test_what_stands_in_a_text_is_no_value(mark):
    frame = b'{"a":"' + mark * (MOST_VALUES + 1) + b'"}'
    assert parse(frame, []) == json.loads(frame)


def test_large_whole_numbers_below_the_digit_limit_are_kept():
    assert parse(b'{"a":' + b"9" * 900 + b"}", []) == {"a": int("9" * 900)}


def test_a_lone_surrogate_becomes_the_replacement_character_with_a_warning():
    warnings: list[str] = []
    value = parse(rb'{"a\udc00":["x\ud83dy",1,"\ud83d\ude00"],"b":"\u00e9"}', warnings)
    assert value == {"a\ufffd": ["x\ufffdy", 1, "\U0001f600"], "b": "é"}
    assert warnings == [r'a lone surrogate became U+FFFD in "a\ufffd"', r'a lone surrogate became U+FFFD in "x\ufffdy"']
    json.dumps(value, ensure_ascii=False).encode("utf-8")


def test_the_warnings_of_one_message_are_bounded():
    warnings: list[str] = []
    assert parse(b"[" + b",".join([rb'"\ud800"'] * 1_000) + b"]", warnings) == ["\ufffd"] * 1_000
    assert len(warnings) == MOST_WARNINGS


def test_nul_and_non_characters_are_text_like_any_other():
    warnings: list[str] = []
    assert parse(b'"\\u0000\\uffff\\\\ud800"', warnings) == "\0\uffff\\ud800"
    assert warnings == []
