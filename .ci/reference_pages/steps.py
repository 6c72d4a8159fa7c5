"""docs/reference/steps.md: the form of scenario files, from their JSON Schema."""

from typing import Any

from gemlive_emulator.scenario.faults.catalogue import FAULTS
from gemlive_emulator.scenario.schema import schema
from gemlive_emulator.scenario.steps import STEPS
from reference_pages.markdown import code, page, sentence, table
from reference_pages.shapes import kind_of, titled

ABOUT = """\
All keys of a scenario file. [scenarios.md](../scenarios.md) explains them with examples;
[`scenario.schema.json`](../scenario.schema.json) is the same for editors. Where a text is wanted, a number or `true` is
taken as it is written."""

_WRITTEN = {
    r"^[0-9]{1,9}$": None,
    "^[0-9]{4}$": None,
    r"^\s*\d{1,9}(\.\d{1,9})?\s*(ms|s|m|h)?\s*$": "a time (`2s`, `700ms`)",
    r"^([a-z_]+(\s+[0-9]{1,9})?\s*|\d.*)$": "a moment (`audio 3`, `2s`)",
}
"""What a pattern of the schema stands for; nothing where it only repeats a number as a text."""

EXPECT_ABOUT = "What must come next in a script: a turn, with the keys of [When](#when), or one of these."
STEPS_ABOUT = """\
Each is an entry of a list: `- say: Hello`. The key names the step; those with other keys beside it have a table of
their own."""
FAULTS_ABOUT = """\
Entries of `faults`, and of the step `fault`. Beside the key that names it, each may say
[when it strikes](#when-a-fault-strikes)."""


OUTER = ("ScenarioForm", "RuleForm", "ExchangeForm", "WhenForm")
"""What a file is made of, from the outside."""


def steps_page() -> str:
    """The page."""
    shapes = {name: _reduced(shape) for name, shape in schema()["$defs"].items()}
    steps = {kind: shapes[form.__name__] for kind, form in STEPS.items()}
    faults = {kind: shapes[form.__name__] for kind, form in FAULTS.items()}
    told = {shape["title"] for shape in (*steps.values(), *faults.values())} | {"Nothing", "ExpectForm", *OUTER}
    within = [shape for shape in shapes.values() if shape["title"] not in told]
    timing = {key: one for key, one in faults["drop"]["properties"].items() if key != "drop"}
    turn, expected = (shapes[name]["properties"] for name in ("WhenForm", "ExpectForm"))
    waited = {key: one for key, one in expected.items() if key not in turn}
    parts = [
        *(_section(shapes[name]) for name in OUTER),
        "### Expect",
        EXPECT_ABOUT,
        _fields({"properties": waited}),
        "## Steps",
        STEPS_ABOUT,
        _named(steps),
        *(_step(kind, shape) for kind, shape in steps.items() if len(shape["properties"]) > 1),
        "## Faults",
        FAULTS_ABOUT,
        _named(faults),
        "### When a fault strikes",
        _fields({"properties": timing}),
        "## What stands within",
        *(_section(shape) for shape in sorted(within, key=lambda shape: str(shape["title"]))),
    ]
    return page("Scenario files", ABOUT, *parts)


def _named(forms: dict[str, Any]) -> str:
    """What each step or fault is, and what its value may be."""
    rows = [(code(kind), kind_of(form["properties"][kind]), form["description"]) for kind, form in forms.items()]
    return table(("key", "its value", "what it does"), rows)


def _step(kind: str, shape: dict[str, Any]) -> str:
    return "\n\n".join([f"### Step {kind}", _fields(shape)])


def _section(shape: dict[str, Any]) -> str:
    return "\n\n".join([f"### {titled(shape['title'])}", shape["description"], _fields(shape)])


def _fields(shape: dict[str, Any]) -> str:
    needed = shape.get("required", ())
    rows = [
        (code(key), kind_of(one), "yes" if key in needed else "", sentence(one["description"]))
        for key, one in shape["properties"].items()
    ]
    return table(("key", "its value", "needed", "what it is"), rows)


def _reduced(schema: Any) -> Any:
    """A schema without what only an editor needs: other spellings of the same, and the list of all steps."""
    if isinstance(schema, list):
        return [one for one in map(_reduced, schema) if one is not None]
    if not isinstance(schema, dict):
        return schema
    if str(schema.get("$ref", "")).endswith("Nothing"):
        return {"words": "`{}`"}
    if [one.get("enum") for one in schema.get("anyOf", ())][:1] == [sorted(FAULTS)]:
        return {**schema, "words": "a fault"}
    if schema.get("type") == "null" or schema.get("enum") == ["true", "false"]:
        return None
    if schema.get("type") == "array" and (whole := _whole(schema)):
        return {**schema, "type": "words", "words": whole}
    if isinstance(pattern := schema.get("pattern"), str):
        return {"words": _WRITTEN[pattern]} if _WRITTEN[pattern] else None
    if len(times := schema.get("anyOf", ())) > 1 and times[0].get("maximum") == 86_400:
        return {**schema, "anyOf": _reduced(times[1:])}
    return {key: _reduced(value) for key, value in schema.items()}


def _whole(listed: dict[str, Any]) -> str | None:
    """Whether a list is one of steps or of faults, as a link to them."""
    names = listed["items"].get("anyOf", [{}])[0].get("enum") if "items" in listed else None
    if names == sorted(STEPS):
        return "[steps](#steps)"
    return "[faults](#faults)" if names == sorted(FAULTS) else None
