"""``docs/listening.md``: its commands and programs run, its tables say what the code does."""

import json
import os
import re
import shlex
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import get_args

from blocks import ROOT, block_named, blocks
from projects import PATIENCE

from gemlive_emulator.profiles.changing import override
from gemlive_emulator.profiles.families import FAMILIES
from gemlive_emulator.profiles.family import Family
from gemlive_emulator.scenario.loader import check, load
from gemlive_emulator.session.hearing import Source

PATH = ROOT / "docs" / "listening.md"
PAGE = PATH.read_text(encoding="utf-8")


def rows(heading: str) -> list[list[str]]:
    """The cells of the first table under a heading, without its head."""
    table = re.findall(r"^\|.*\|$", PAGE.split(f"\n## {heading}\n")[1].split("\n## ")[0], re.MULTILINE)
    return [[cell.strip() for cell in row.strip("|").split(" |")] for row in table[2:]]


CALLS = {"cancel": "cancels it", "again": "has it made again", "wait": "waits for its end"}


def described(family: Family) -> list[str]:
    """The row of a family."""
    hearing, manner = family.behaviour.hearing, family.manner
    return [
        f"`{family.name}`",
        f"ends after {hearing.idle_end:g} s" if hearing.idle_end else "never ends",
        "ends the turn" if hearing.stream_end == "ends" else "is ignored",
        f"{hearing.silence_ms} ms",
        "any" if hearing.most_silence_ms is None else f"{hearing.most_silence_ms} ms",
        CALLS[family.behaviour.calling.interrupted],
        {"words": "in words", "sentence": "a sentence"}[manner.input_grain] + ", unasked" * manner.transcribes_unasked,
        {"none": "no", "alone": "alone", "beside": "beside `serverContent:{}`"}[manner.voice_activity],
    ]


def test_the_table_says_what_each_family_does():
    assert rows("How speech becomes a turn") == [described(family) for family in FAMILIES.values()]


def test_on_vertex_activity_is_told_on_request_only_and_sensitivity_is_low():
    for family in FAMILIES.values():
        assert (family.vertex_manner.voice_activity, family.vertex_manner.voice_activity_asked != "none") == (
            "none",
            True,
        )
        assert family.vertex_sensitivity == ("LOW", "HIGH" if family.name.startswith("2.5") else "LOW")


def test_every_way_to_know_the_words_is_told_in_their_order():
    assert [row[0].strip("`") for row in rows("What was said")] == list(get_args(Source))


def test_the_fields_that_are_set_take_these_values():
    told = re.findall(r"--set ([\w.]+)=([\w.-]+)", PAGE)
    assert len(told) > 8
    for field, value in told:
        # As the command line reads it: JSON, or text if it is none.
        override(
            FAMILIES["3.8"], {field: value if value.isalpha() and value not in ("true", "false") else json.loads(value)}
        )


def test_the_scenario_is_one(tmp_path: Path):
    [indented] = re.findall(r"^  ```yaml\n(.*?)^  ```$", PAGE, re.MULTILINE | re.DOTALL)
    (tmp_path / "desk.yaml").write_text(textwrap.dedent(indented), encoding="utf-8")
    assert check(tmp_path / "desk.yaml") == []
    [scenario] = load(tmp_path / "desk.yaml")
    assert scenario.responder().foreknown.says() == "Tell me a story"


def test_every_step_is_one(tmp_path: Path):
    """Each of those that are written out in the table, as the only step of a rule."""
    told = [
        step
        for row in rows("What goes wrong with speech, to be rehearsed")
        for step in re.findall(r"`([^`]+)`", row[1])
    ]
    written = [step for step in told if re.match(r"(interrupt|end_turn|say|think|pause|transcript)\b", step)]
    assert len(written) >= 8
    for step in written:
        then = "\n  - say: x" if step.startswith("interrupt") else ""
        (tmp_path / "one.yaml").write_text(
            f"otherwise:\n  - {step if step != 'say' else 'say: x'}{then}\n", encoding="utf-8"
        )
        assert check(tmp_path / "one.yaml") == [], step


def run(folder: Path, *command: str) -> str:
    """Run a command in a folder, as on the page but for the emulator's clock, which is to make answers play faster."""
    if command[:2] == ("gemlive-emulator", "exec"):
        command = (*command[:2], "--rate", "4", *command[2:])
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("GOOGLE_", "GEMINI_"))}
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        [sys.executable, "-m", "gemlive_emulator", *command[1:]],
        cwd=folder,
        env=kept | {"PATH": path, "XDG_DATA_HOME": str(folder / "share")},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_first_screen_is_a_story_that_is_interrupted(tmp_path: Path):
    commands = [shlex.split(line) for line in blocks(PATH, "sh")[0].splitlines()]
    assert [command[0] for command in commands] == ["gemlive-emulator"] * 3
    *_, told = (run(tmp_path, *command) for command in commands)
    events = [line[10:32].strip() for line in told.splitlines()]
    assert events.index("heard") < events.index("says") < events.index("interrupted"), told
    assert '"Tell me a story."' in told


def test_the_program_speaks(tmp_path: Path):
    run(tmp_path, "gemlive-emulator", "say", "Tell me a story.", "-o", "story.wav")
    (tmp_path / "speak.py").write_text(block_named(PATH, "speak.py"), encoding="utf-8")
    said = run(tmp_path, "gemlive-emulator", "exec", "--recordings", ".", "--", sys.executable, "speak.py")
    assert re.match(r"You: Tell me a story\.\n\w", said), said
