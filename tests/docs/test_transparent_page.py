"""What docs/transparent.md shows works, and names what there is."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from blocks import ROOT, block_named
from ruamel.yaml import YAML

from gemlive_emulator.server.preload.gemlive_emulator_hosts import HOSTS
from gemlive_emulator.server.tls import CA_FILE
from gemlive_emulator.server.transparent import ALL_HOSTS, KEY_HASH_VARIABLE, RULES_VARIABLE

PAGE = ROOT / "docs" / "transparent.md"
TEXT = PAGE.read_text(encoding="utf-8")
INI = "[pytest]\nasyncio_mode = auto\nasyncio_default_fixture_loop_scope = function\n"


def test_the_example_is_a_test_that_passes(tmp_path: Path):
    (tmp_path / "test_no_google.py").write_text(block_named(PAGE, "test_no_google.py"), encoding="utf-8")
    (tmp_path / "pytest.ini").write_text(INI, encoding="utf-8")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("GOOGLE_", "GEMINI_", "PYTEST_"))}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"],
        cwd=tmp_path,
        env=kept | {"XDG_DATA_HOME": str(tmp_path / "share")},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert "2 passed" in done.stdout, done.stdout + done.stderr


@pytest.mark.parametrize("name", [*HOSTS, RULES_VARIABLE, KEY_HASH_VARIABLE])
def test_every_host_and_variable_is_named(name: str):
    assert name in TEXT


def test_the_flags_are_those_that_the_test_of_a_page_uses():
    flags = re.findall(r'^  (--[a-z-]+="\$[A-Z_]+")', TEXT, re.MULTILINE)
    used = (ROOT / "tests" / "clients" / "test_fixed_addresses.py").read_text(encoding="utf-8")
    assert len(flags) == 2
    assert all(flag in used for flag in flags)


def test_the_aliases_of_the_containers_and_the_lines_of_the_hosts_file_are_hosts_that_are_known():
    told = YAML(typ="safe").load(block_named(PAGE, "compose.yaml"))
    aliases = told["services"]["emulator"]["networks"]["default"]["aliases"]
    lines = re.findall(r"^127\.0\.0\.1 (\S+)$", TEXT, re.MULTILINE)
    assert aliases == lines
    assert set(aliases) <= set(ALL_HOSTS)
    assert told["services"]["app"]["environment"]["SSL_CERT_FILE"].endswith(f"/certificates/{CA_FILE}")
