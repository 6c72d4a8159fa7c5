"""What the built-in responder computes when it may run code: a few sums, each with the code that would compute it.

No code of anybody is run: the words are looked at, and the result is computed here.
"""

import re
from collections.abc import Callable, Iterator
from math import isqrt, sqrt

from gemlive_emulator.records import dataclass
from gemlive_emulator.session.google_tools import Outcome

_MOST = 500
"""The most primes that are added up: some milliseconds."""

_LARGEST = 100_000
"""The most numbers that a palindrome is looked for among."""


@dataclass(frozen=True, slots=True)
class Ran:
    """A program and what came of it.

    Attributes:
        code: Python.
        output: what it prints, or the error.
        said: the answer in words.
        outcome: how it ended.
    """

    code: str
    output: str
    said: str
    outcome: Outcome = "OK"


def computed(words: str) -> Ran | None:
    """The program for the first sum that is found in a text; ``None`` if there is none, or it is too long a one."""
    for pattern, run in _SUMS:
        found = pattern.search(words)
        ran = run(*found.groups()) if found is not None else None
        if ran is not None:
            return ran
    return None


def _primes() -> Iterator[int]:
    number = 2
    while True:
        if _is_prime(number):
            yield number
        number += 1


def _is_prime(number: int) -> bool:
    return number > 1 and all(number % divisor for divisor in range(2, isqrt(number) + 1))


_IS_PRIME = "def is_prime(n):\n    return n > 1 and all(n % d for d in range(2, int(n**0.5) + 1))\n\n"


def _sum_of_primes(count: str) -> Ran | None:
    many = int(count)
    if not 0 < many <= _MOST:
        return None
    primes = _primes()
    result = sum(next(primes) for _ in range(many))
    code = (
        f"{_IS_PRIME}primes = []\nn = 2\nwhile len(primes) < {many}:\n    if is_prime(n):\n        primes.append(n)\n"
        "    n += 1\nprint(sum(primes))\n"
    )
    return Ran(code, f"{result}\n", f"The sum of the first {many} prime numbers is {result}.")


def _palindrome(below: str) -> Ran | None:
    limit = int(below.replace(",", ""))
    if not 2 < limit <= _LARGEST:
        return None
    candidates = (number for number in range(limit - 1, 1, -1) if str(number) == str(number)[::-1])
    result = next(number for number in candidates if _is_prime(number))
    code = (
        f"{_IS_PRIME}for n in range({limit - 1}, 1, -1):\n    if str(n) == str(n)[::-1] and is_prime(n):\n"
        "        print(n)\n        break\n"
    )
    return Ran(code, f"{result}\n", f"The largest prime palindrome under {limit} is {result}.")


def _factorial(before: str | None, after: str | None) -> Ran | None:
    number = int(before or after or 0)
    if number > 50:
        return None
    result = 1
    for factor in range(2, number + 1):
        result *= factor
    return Ran(
        f"import math\n\nprint(math.factorial({number}))\n", f"{result}\n", f"The factorial of {number} is {result}."
    )


def _fibonacci(ordinal: str) -> Ran | None:
    number = int(ordinal)
    if not 0 < number <= 90:
        return None
    result, following = 0, 1
    for _ in range(number):
        result, following = following, result + following
    code = f"a, b = 0, 1\nfor _ in range({number}):\n    a, b = b, a + b\nprint(a)\n"
    return Ran(code, f"{result}\n", f"Fibonacci number {number} is {result}.")


def _sum_of_range(first: str, last: str) -> Ran | None:
    start, end = int(first), int(last)
    if start > end:
        return None
    result = (start + end) * (end - start + 1) // 2
    return Ran(
        f"print(sum(range({start}, {end + 1})))\n",
        f"{result}\n",
        f"The sum of the numbers from {start} to {end} is {result}.",
    )


def _square_root(number: str) -> Ran:
    result = sqrt(float(number))
    spoken = f"{result:.6g}"
    return Ran(
        f"import math\n\nprint(math.sqrt({_number(number)!r}))\n",
        f"{result}\n",
        f"The square root of {number} is {spoken}.",
    )


def _two_numbers(left: str, sign: str, right: str) -> Ran:
    one, other, operator = _number(left), _number(right), _SIGNS[sign.casefold()]
    code = f"result = {one!r} {operator} {other!r}\nprint(result)\n"
    if operator == "/" and other == 0:
        error = "Traceback (most recent call last):\nZeroDivisionError: division by zero\n"
        return Ran(code, error, "That cannot be computed: nothing can be divided by zero.", "FAILED")
    result = _APPLIED[operator](one, other)
    spoken = f"{result:.10g}" if isinstance(result, float) else str(result)
    return Ran(code, f"{result}\n", f"{left} {_SPOKEN[operator]} {right} is {spoken}.")


def _multiplied(left: str, right: str) -> Ran:
    return _two_numbers(left, "*", right)


def _number(written: str) -> int | float:
    return float(written) if "." in written else int(written)


_SIGNS = {
    "+": "+",
    "plus": "+",
    "-": "-",
    "minus": "-",
    "*": "*",
    "x": "*",
    "×": "*",  # noqa: RUF001 - it is typed
    "times": "*",
    "multiplied by": "*",
    "/": "/",
    "divided by": "/",
}
_SPOKEN = {"+": "plus", "-": "minus", "*": "times", "/": "divided by"}
_APPLIED: dict[str, Callable[[float, float], int | float]] = {
    "+": lambda one, other: one + other,
    "-": lambda one, other: one - other,
    "*": lambda one, other: one * other,
    "/": lambda one, other: one / other,
}
_A_NUMBER = r"(-?\d{1,12}(?:\.\d{1,6})?)"
_SIGN = rf"\s{{1,9}}({'|'.join(re.escape(sign) for sign in _SIGNS)})\s{{1,9}}"

_SUMS: tuple[tuple[re.Pattern[str], Callable[..., Ran | None]], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE | re.ASCII), run)
    for pattern, run in (
        (r"\bsum\b.{0,20}\bfirst (\d{1,6}) prime", _sum_of_primes),
        (r"\bprime pal[a-z]{4,10}\b.{0,20}\b(?:under|below|less than) (\d[\d,]{0,11})", _palindrome),
        (r"\bfactorial of (\d{1,6})\b|\b(\d{1,6}) factorial\b", _factorial),
        (r"\b(\d{1,6})(?:st|nd|rd|th) fibonacci\b", _fibonacci),
        (r"\bsum\b.{0,40}?\b(\d{1,9}) (?:to|through|and) (\d{1,9})\b", _sum_of_range),
        (rf"\bsquare root of {_A_NUMBER}".replace("-?", ""), _square_root),
        (rf"\bmultiply(?:ing)? {_A_NUMBER} (?:by|and|with) {_A_NUMBER}", _multiplied),
        (rf"(?<![\w.]){_A_NUMBER}{_SIGN}{_A_NUMBER}", _two_numbers),
        (rf"(?<![\w.]){_A_NUMBER}([+*]){_A_NUMBER}", _two_numbers),
    )
)
"""What is looked for in a text, in this order."""
