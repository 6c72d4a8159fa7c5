"""``docs/recording.md`` shows recordings that are read, and words that are said."""

import ast
import json
import re

from blocks import ROOT

from gemlive_emulator.record.playback import Playback
from gemlive_emulator.record.upstream import HIDDEN, SHORTEST_SECRET
from gemlive_emulator.wire.tape import read

PAGE = (ROOT / "docs" / "recording.md").read_text(encoding="utf-8")


def block(language: str) -> str:
    found = re.search(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)
    assert found is not None
    return found[1]


def test_the_recording_that_is_shown_is_one() -> None:
    recorded = read(block("json").splitlines())
    assert [one.side for one in recorded.taped] == ["client", "server", "server"]
    assert recorded.taped[-1].code == 1011
    assert Playback(recorded, "shown").problems == []


def test_every_key_of_a_recording_is_told() -> None:
    named = set(re.findall(r"`(\w+)`", PAGE[PAGE.index("| key | is |") : PAGE.index("Sound that was left out")]))
    shown = {name for line in block("json").splitlines() for name in json.loads(line)}
    assert shown - {"by", "upstream"} <= named
    assert {"octets", "frame", "dropped"} <= named


def test_what_is_written_in_place_of_a_secret_is_told() -> None:
    assert f"`{HIDDEN}`" in PAGE
    assert SHORTEST_SECRET == 8
    assert "fewer than eight characters" in PAGE


def test_the_example_in_python_can_be_read() -> None:
    ast.parse(block("python"))
