"""The JSON Schema: made of the models, in the package and in the docs, and right about right and wrong files."""

import re
from pathlib import Path
from typing import Annotated, Any

import pytest
from jsonschema import Draft202012Validator
from pydantic import PlainValidator
from ruamel.yaml import YAML

import gemlive_emulator
from gemlive_emulator.scenario import schema as module
from gemlive_emulator.scenario.fields import ScenarioPart
from gemlive_emulator.scenario.loader import parse
from gemlive_emulator.scenario.schema import schema, written
from gemlive_emulator.scenario.schema_words import WORDS
from gemlive_emulator.scenario.steps import STEPS

ROOT = Path(__file__).parents[2]
PACKAGED = Path(gemlive_emulator.__file__).parent / "scenario" / "scenario.schema.json"
SAMPLES = sorted((ROOT / "fixtures" / "scenarios").rglob("*.yaml"))
PAGES = ("docs/scenarios.md", "README.md")
EXAMPLES = [
    example
    for page in PAGES
    for example in re.findall(
        r"^```yaml\n(.*?)^```", (ROOT / page).read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
    )
]
SCHEMA = schema()
VALIDATOR = Draft202012Validator(SCHEMA)


def as_editors_see(text: str) -> list[Any]:
    """The documents with numbers and truth values, as an editor reads YAML 1.2."""
    return [document for document in YAML(typ="safe", pure=True).load_all(text) if document is not None]


def wrong(text: str) -> list[str]:
    return [error.message for document in as_editors_see(text) for error in VALIDATOR.iter_errors(document)]


@pytest.mark.parametrize("file", [PACKAGED, ROOT / "docs" / "scenario.schema.json"], ids=lambda file: file.parent.name)
def test_the_file_is_what_the_models_give(file: Path):
    assert file.read_text(encoding="utf-8") == written(), "run gemlive-emulator schema, and put what it prints there"


def test_it_is_a_schema():
    Draft202012Validator.check_schema(SCHEMA)


def test_every_key_says_what_it_is_for():
    assert all(definition["description"] for definition in SCHEMA["$defs"].values())
    keys = [value for definition in SCHEMA["$defs"].values() for value in definition.get("properties", {}).values()]
    assert len(keys) > 100
    assert all(re.fullmatch(r"\S.*", key["description"]) for key in keys)


def test_no_word_of_the_table_is_left_over():
    named = {
        name
        for definition in SCHEMA["$defs"].values()
        for key in definition.get("properties", {})
        for name in (key, f"{definition['title']}.{key}")
    }
    assert set(WORDS) <= named


def test_every_step_is_there():
    assert {STEPS[key].__name__ for key in STEPS} <= set(SCHEMA["$defs"])


def test_a_validator_without_a_schema_fails(monkeypatch: pytest.MonkeyPatch):
    class Novel(ScenarioPart):
        """Something new."""

        thing: Annotated[int, PlainValidator(lambda value: 1)]

    monkeypatch.setattr(module, "ScenarioForm", Novel)
    with pytest.raises(KeyError):
        schema()


def test_a_key_without_words_fails(monkeypatch: pytest.MonkeyPatch):
    class Novel(ScenarioPart):
        """Something new."""

        thing: int = 1

    monkeypatch.setattr(module, "ScenarioForm", Novel)
    with pytest.raises(KeyError, match="thing"):
        schema()


@pytest.mark.parametrize("file", SAMPLES, ids=lambda file: file.name)
def test_every_sample_is_right(file: Path):
    assert wrong(file.read_text(encoding="utf-8")) == []


def test_there_are_examples():
    assert len(EXAMPLES) > 5


@pytest.mark.parametrize("example", EXAMPLES)
def test_every_example_of_the_pages_is_right(example: str):
    assert wrong(example) == []


@pytest.mark.parametrize(
    "text",
    [
        "otherwise: [silence]",
        "otherwise: [{say: 12}]",
        "otherwise: [{say: true}, {close: 1011}]",
        "otherwise: [{pause: 700ms}, {pause: 0.5}, {interrupt: end}]",
        "otherwise: [{think: ''}, {transcript: {}}, end_turn]",
        "rules: [{when: {text: [a, {not: /b/}], audio: any, turn: [1, 2]}, then: [{say: x}]}]",
        "rules: [{when: {turn: {at_least: 2}, state: {menu: 1}, realtime: true}, then: [{say: {text: x, sound: none}}]}]",
        "otherwise: [{call: f, args: {a: [1, null, {b: c}]}, if_missing: {after: 2s, then: [{say: x}]}}]",
        "script: [{expect: {interruption: any}}]",
    ],
)
def test_what_may_be_written_in_short_is_right(text: str):
    assert wrong(text) == []


BROKEN = [
    "scenaro: x",
    "rules: []",
    "rules: {}",
    "rules: [{when: {text: a}}]",
    "rules: [{when: {txt: a}, then: [{say: x}]}]",
    "rules: [{when: {text: [[a]]}, then: [{say: x}]}]",
    "rules: [{when: {images: many}, then: [{say: x}]}]",
    "rules: [{when: {turn: -1}, then: [{say: x}]}]",
    "rules: [{when: {modality: VIDEO}, then: [{say: x}]}]",
    "rules: [{include: a.yaml, when: {text: a}}]",
    "include: []",
    "include: a.yaml\nscenario: x",
    "otherwise: [{sya: x}]",
    "otherwise: [hello]",
    "otherwise: [{say: x, pause: 1s}]",
    "otherwise: [{say: [x]}]",
    "otherwise: [{say: {text: x, sound: loud}}]",
    "otherwise: [{pause: soon}]",
    "otherwise: [{pause: -1}]",
    "otherwise: [{close: {code: 7}}]",
    "otherwise: [{end_turn: {reason: NO}}]",
    "script: [{expect: {text: a}, replies: []}]",
]


@pytest.mark.parametrize("text", BROKEN)
def test_what_is_broken_is_wrong(text: str):
    assert wrong(text) != []
    with pytest.raises(Exception, match=r"errors\.md"):
        parse(text)
