"""Ten thousand rules: how long their file takes to be read, and a turn to find the one that answers."""

import random
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import yaml

from benchmarks.report import Goal, Result
from gemlive_emulator.scenario.engine import Scenario
from gemlive_emulator.scenario.loader import load
from gemlive_emulator.scenario.memory import Memory
from gemlive_emulator.scenario.seen import Seen
from gemlive_emulator.session.steps import UserTurn

WORDS = "weather hours book table cancel invoice delivery phone street price refund parcel menu pizza parking".split()  # noqa: SIM905 - one line
CONVERSATION: Any = None
"""None of the rules looks at it."""


def rules(count: int, rounds: int) -> Iterator[Result]:
    """Read a file of so many rules beside PyYAML, whose C loader only makes values; choose beside asking each rule."""
    chance = random.Random(1)
    with tempfile.TemporaryDirectory(prefix="gemlive-rules-") as folder:
        path = Path(folder) / "many.yaml"
        path.write_text("rules:\n" + "".join(_rule(number, chance) for number in range(count)), encoding="utf-8")
        text = path.read_text(encoding="utf-8")
        read = _taking_turns(rounds, lambda: load(path), lambda: yaml.load(text, Loader=yaml.CSafeLoader))
        yield Result(
            "rules", f"read a file of {count:,} rules; bare: PyYAML's C loader", "s", read, Goal("emulator", 1.0)
        )
        (scenario,) = load(path)
    for what, said in (
        ("the last one", f"Please, {WORDS[0]} number {count - 1}!"),
        ("none of them", "I said nothing of the kind."),
    ):
        chosen = _taking_turns(
            rounds, lambda said=said: scenario.choose(_seen(said)), lambda said=said: _ask_each(scenario, said)
        )
        samples = {side: [1_000 * seconds for seconds in taken] for side, taken in chosen.items()}
        yield Result(
            "rules", f"find that {what} of {count:,} rules fits; bare: each asked", "ms", samples, Goal("emulator", 1.0)
        )


def _rule(number: int, chance: random.Random) -> str:
    """Most look for words, every tenth is an expression, every tenth has words that must not be there."""
    one, other = chance.sample(WORDS, 2)
    condition = {
        8: f"{{contains: [{one} {number}, {other} {number}], not: {{contains: never}}}}",
        9: f"/{WORDS[0]} (number )?{number}\\b/i",
    }.get(number % 10, f"{one} {other} {number}")
    return f'  - when: {{text: {condition}}}\n    then:\n      - say: "This is answer {number}: {{turn.text}}"\n'


def _seen(said: str) -> Seen:
    return Seen(UserTurn(said, 1), CONVERSATION, Memory({}))


def _ask_each(scenario: Scenario, said: str) -> int | None:
    seen = _seen(said)
    return next((at for at, rule in enumerate(scenario.rules) if rule.fits(seen)), None)


def _taking_turns(rounds: int, *sides: Callable[[], object]) -> dict[str, list[float]]:
    """The seconds of each round; a first one is for warming up and not told."""
    names = ("emulator", "bare")
    samples: dict[str, list[float]] = {name: [] for name in names}
    for number in range(rounds + 1):
        for name, side in zip(names, sides, strict=True):
            begin = time.perf_counter()
            side()
            if number:
                samples[name].append(time.perf_counter() - begin)
    return samples
