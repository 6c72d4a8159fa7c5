"""Sums: what is said is what the code would print, which is tried by running it."""

import contextlib
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gemlive_emulator.scenario.sums import Ran, computed


def printed(code: str) -> str:
    """What the program prints, by Python itself."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(code, {})  # our own code, made of numbers
    return out.getvalue()


def ran(words: str) -> Ran:
    found = computed(words)
    assert found is not None, words
    return found


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("What is the sum of the first 50 primes?", "The sum of the first 50 prime numbers is 5117."),
        ("Sum up, please: the first 3 prime numbers", "The sum of the first 3 prime numbers is 10."),
        (
            "Then compute the largest prime palindrome under 100000.",
            "The largest prime palindrome under 100000 is 98689.",
        ),
        ("the largest prime palindrome below 1,000", "The largest prime palindrome under 1000 is 929."),
        ("What is the factorial of 10?", "The factorial of 10 is 3628800."),
        ("0 factorial", "The factorial of 0 is 1."),
        ("the 20th Fibonacci number", "Fibonacci number 20 is 6765."),
        ("Add the sum of all numbers from 1 to 100", "The sum of the numbers from 1 to 100 is 5050."),
        ("The square root of 16", "The square root of 16 is 4."),
        ("the square root of 2.0", "The square root of 2.0 is 1.41421."),
        ("Multiply 1341 by 23.", "1341 times 23 is 30843."),
        ("What is 1341 * 23?", "1341 times 23 is 30843."),
        ("how much is 3+4", "3 plus 4 is 7."),
        ("17 minus 20", "17 minus 20 is -3."),
        ("7 divided by 2", "7 divided by 2 is 3.5."),
        ("1 / 3", "1 divided by 3 is 0.3333333333."),
        ("6 Times 1.5", "6 times 1.5 is 9."),
    ],
)
def test_a_sum_is_said_and_its_code_prints_the_same(words: str, said: str):
    found = ran(words)
    assert found.said == said
    assert found.outcome == "OK"
    assert printed(found.code) == found.output


def test_a_division_by_zero_fails_as_in_python():
    found = ran("What is 5 / 0?")
    assert found.outcome == "FAILED"
    assert found.output.endswith("ZeroDivisionError: division by zero\n")
    with pytest.raises(ZeroDivisionError):
        printed(found.code)


@pytest.mark.parametrize(
    "words",
    [
        "the sum of the first 501 primes",
        "the sum of the first 0 primes",
        "the largest prime palindrome under 100001",
        "the largest prime palindrome under 2",
        "the factorial of 51",
        "the 91st fibonacci number",
        "the 0th fibonacci number",
        "the sum of the numbers from 9 to 3",
        "Call me at 555-1234 between 24/7",
        "on 2026-11-28 version 1.2-3",
        "Hello there",
        "",
    ],
)
def test_what_is_no_sum_or_too_long_a_one_is_not_computed(words: str):
    assert computed(words) is None


@given(st.integers(-(10**12) + 1, 10**12 - 1), st.sampled_from("+-*/"), st.integers(-(10**12) + 1, 10**12 - 1))
def test_two_whole_numbers_are_computed_as_python_does(left: int, sign: str, right: int):
    found = ran(f"{left} {sign} {right}")
    if found.outcome == "OK":
        assert printed(found.code) == found.output


@given(st.text(max_size=300))
def test_any_text_is_looked_at(words: str):
    found = computed(words)
    assert found is None or (found.code and found.output and found.said)
