"""Regular expressions: the same answer as Python's where both can, and an end in any case."""

import random
import re
import time

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from gemlive_emulator.scenario.automaton import MAX_TEXT, Automaton, Pattern, is_slashed, read_pattern
from gemlive_emulator.scenario.pattern_syntax import PatternError

ATOMS = [
    "a",
    "b",
    "B",
    ".",
    "\\d",
    "\\W",
    "[ab]",
    "[^a]",
    "[]a]",
    "^",
    "$",
    "\\b",
    "\\B",
    "\\A",
    "\\Z",
    "\\n",
    "_",
    "1",
    "\\x41",
    "\\.",
]
PIECES = st.sampled_from(ATOMS)
EXPRESSIONS = st.recursive(
    PIECES,
    lambda inner: st.one_of(
        st.tuples(inner, inner).map("".join),
        st.tuples(inner, inner).map(lambda two: f"(?:{two[0]}|{two[1]})"),
        st.tuples(inner, st.sampled_from(["*", "+", "?", "{2}", "{1,3}", "{0,}", "*?", "{,2}"])).map(
            lambda two: f"({two[0]}){two[1]}"
        ),
    ),
    max_leaves=8,
)


def with_text_end(expression: str, multiline: bool) -> str:
    """Python's ``$`` also takes a line break at the end; ours does not."""
    return expression if multiline else expression.replace("$", "\\Z")


@given(
    expression=EXPRESSIONS, text=st.text(alphabet="abAB1_ .\n\x00é", max_size=12), flags=st.sets(st.sampled_from("ims"))
)
def test_it_finds_what_python_finds(expression: str, text: str, flags: set[str]):
    assume(text or "\\B" not in expression)  # before 3.14 Python does not find \\B in an empty text
    python = {"i": re.IGNORECASE, "m": re.MULTILINE, "s": re.DOTALL}
    wanted = 0
    for flag in flags:
        wanted |= python[flag]
    expected = re.search(with_text_end(expression, "m" in flags), text, wanted) is not None
    pattern = read_pattern(f"/{expression}/{''.join(flags)}")
    assert pattern.found_in(text) is expected
    assert pattern.found_in(text) is expected


@pytest.mark.parametrize(
    ("written", "text", "found"),
    [
        ("/weather|temperature/i", "The TEMPERATURE?", True),
        ("/^hi\\b/", "high", False),
        ("/^hi\\b/", "hi there", True),
        ("/a{3}/", "aa", False),
        ("/a{2,}b/", "aaaab", True),
        ("/a{x}/", "a{x}", True),
        ("/a{}/", "a{}", True),
        ("/[[&~|]/", "|", True),
        ("/[a\\]-]/", "]", True),
        ("/[^]a]/", "]", False),
        ("/(?P<city>oslo|rome)/", "in rome", True),
        ("/\\u00e9t\\x41/", "étA", True),
        ("/a\\/b/", "a/b", True),
        ("/()/", "", True),
        ("/(a*)*b/", "aab", True),
        ("/end$/", "the end\n", False),
        ("/end$/m", "the end\nand more", True),
        ("/./", "\n", False),
        ("/./s", "\n", True),
        ("bare d+", "a bare ddd", True),
    ],
)
def test_an_expression_is_found_or_not(written: str, text: str, found: bool):
    assert read_pattern(written).found_in(text) is found


@pytest.mark.parametrize(
    ("written", "wrong"),
    [
        ("/(a/", "'(' without ')', at character 3"),
        ("/a)/", "')' without '('"),
        ("/[a/", "'[' without ']'"),
        ("/[z-a]/", "bad character range"),
        ("/[a--b]/", "two dashes"),
        ("/*a/", "nothing before the repeat"),
        ("/a**/", "a repeat of a repeat"),
        ("/a++/", "possessive"),
        ("/a{3,1}/", "a repeat from 3 to 1"),
        ("/(?=a)/", "look-around"),
        ("/(?i)a/", "flags go behind"),
        ("/(a)\\1/", "back-reference"),
        ("/\\q/", "unknown escape \\q"),
        ("a\\", "unknown escape"),
        ("/\\xg1/", "2 hexadecimal digits"),
        ("/\\u12/", "4 hexadecimal digits"),
        ("/a/x", "unknown flag 'x'"),
        ("/" + "a" * 1_001 + "/", "1001 characters"),
        ("/((a{100}){100}){100}/", "places"),
        ("/" + "(" * 41 + ")" * 41 + "/", "groups within groups"),
    ],
)
def test_an_expression_that_cannot_be_used_is_refused_with_the_reason(written: str, wrong: str):
    with pytest.raises(PatternError, match=re.escape(wrong)):
        read_pattern(written)


@pytest.mark.parametrize(
    "expression",
    [
        "(a+)+$",
        "(a|a)*$",
        "(a*)*b",
        "a*a*a*a*a*a*b",
        "(.*)(.*)(.*)(.*)[^a!]",
        "(a|aa)+$",
        "(a?){100}b",
        "([ab]|a)*a.{12}x$",
    ],
)
@pytest.mark.parametrize("text", ["a" * 4_000 + "!", "ab" * 2_000, "a" * 100_000])
def test_no_expression_hangs(expression: str, text: str):
    started = time.process_time()
    Pattern(expression).found_in(text)
    assert time.process_time() - started < 5  # Python's own would not end in a lifetime


def test_only_the_beginning_of_a_long_text_is_looked_at():
    pattern = Pattern("end$")
    assert pattern.found_in("x" * (MAX_TEXT - 3) + "end")
    assert not pattern.found_in("x" * MAX_TEXT + "end")
    assert not pattern.found_in("x" * (MAX_TEXT - 3) + "end and more")


def test_many_states_and_many_characters_are_forgotten_again():
    pattern = Pattern("[ab]*a[ab]{9}x")
    bits = "".join(random.Random(1).choices("ab", k=4_000))
    assert not pattern.found_in(bits)
    assert pattern.found_in(bits + "a" + "b" * 9 + "x")
    assert not Pattern("x").found_in("".join(map(chr, range(0x4E00, 0x5A00))))


@pytest.mark.parametrize(
    ("written", "slashed"), [("/a/", True), ("/a b/im", True), ("//", False), ("a/b", False), ("/a", False)]
)
def test_slashes_make_a_text_an_expression(written: str, slashed: bool):
    assert is_slashed(written) is slashed


EXPRESSIONS = ["a", "^a", "b$", "(a|b)+1", "\\b1\\b", "\\B", "a{2,3}", "", "[^a]$", "\\n", ".\\.", "1*b"]


@given(st.lists(st.sampled_from(EXPRESSIONS), min_size=1, max_size=6), st.text("ab1 .\n", max_size=30))
def test_many_expressions_at_once_are_found_as_each_by_itself(sources: list[str], text: str):
    trees = [Pattern(source).tree for source in sources]
    alone = {number for number, source in enumerate(sources) if Pattern(source).found_in(text)}
    assert Automaton(trees).found_in(text) == alone
    assert Automaton(trees, room=1).found_in(text) == alone
