"""``docs/tokens.md`` and ``docs/quotas.md``: what is shown works, and what is told is so."""

import re
from pathlib import Path

import pytest
from blocks import ROOT

from gemlive_emulator.profiles.tokens import AuthToken
from gemlive_emulator.server.auth_tokens import EXPIRE_SECONDS, MOST_SECONDS, NEW_SESSION_SECONDS
from gemlive_emulator.server.keys import ACCESS_TOKEN, STATES, Allowance, read_allowance
from gemlive_emulator.wire.closes import KEY_STATES, TOKEN_EXPIRED, TOKEN_EXPIRES, TOKEN_SPENT
from gemlive_emulator.wire.common import field_hints, to_camel
from gemlive_emulator.wire.errors import cut

TOKENS = (ROOT / "docs" / "tokens.md").read_text(encoding="utf-8")
QUOTAS = (ROOT / "docs" / "quotas.md").read_text(encoding="utf-8")


@pytest.mark.filterwarnings("ignore::google.genai.errors.ExperimentalWarning", "ignore:.*ephemeral.*")
def test_the_example_runs(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setenv("SSL_CERT_FILE", "")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    [code] = re.findall(r"```python\n(.*?)```", TOKENS, re.DOTALL)
    exec(compile(code, "tokens.md", "exec"), {"__name__": "example"})
    assert capsys.readouterr().out.strip()


def test_every_field_of_a_token_is_told():
    told = re.findall(r"^\| `(\w+)` \|", TOKENS, re.MULTILINE)
    assert set(told) == {to_camel(name) for name in field_hints(AuthToken)} - {"name"}
    assert (EXPIRE_SECONDS, NEW_SESSION_SECONDS, MOST_SECONDS) == (1800, 60, 72_000)
    assert "in half an hour" in TOKENS
    assert "in a minute" in TOKENS
    assert "at most 20 hours ahead" in TOKENS


@pytest.mark.parametrize("close", [TOKEN_SPENT, TOKEN_EXPIRED, TOKEN_EXPIRES])
def test_every_end_of_a_token_is_told(close: tuple[int, str]):
    assert f"{close[0]} `{close[1]}`" in TOKENS


def test_every_state_of_a_key_is_told_with_its_words():
    rows = re.findall(r"^\| `([a-z-]+)`.*?\| (?:close (\d+) `(.*?)`|it is served)", QUOTAS, re.MULTILINE)
    assert {state for state, _, _ in rows} == set(STATES)
    for state, code, words in rows:
        if state != "valid":
            assert KEY_STATES[state][0] == int(code)
            assert KEY_STATES[state][1].startswith(words.removesuffix("...").strip())


def test_the_words_of_a_quota_are_told_as_they_are_cut():
    assert cut(KEY_STATES["out-of-quota"][1]) in QUOTAS.replace("\n", " ")


def test_the_file_of_keys_can_be_read():
    from ruamel.yaml import YAML

    [content] = re.findall(r"```yaml\n(.*?)```", QUOTAS, re.DOTALL)
    for key, said in YAML(typ="safe").load(content).items():
        read_allowance(key, said, Allowance())
    assert f"`{ACCESS_TOKEN}`" in QUOTAS
