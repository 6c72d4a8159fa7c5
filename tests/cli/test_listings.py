"""``models`` and ``voices``: the same things as a table for people and as JSON for programs."""

import json

from gemlive_emulator.audio.voice_table import DEFAULT_VOICE, VOICES
from gemlive_emulator.cli.tables import table
from gemlive_emulator.profiles.catalogue import MODELS


def test_every_model_is_listed(run):
    lines = run("models").stdout.splitlines()
    assert lines[0].split() == ["MODEL", "FAMILY", "BACK-END", "ANSWERS", "WITH", "STATUS"]
    assert [line.split()[0] for line in lines[1:]] == [model.id for model in MODELS]


def test_models_as_json_say_what_the_catalogue_says(run):
    told = {model["id"]: model for model in json.loads(run("models", "--json").stdout)}
    assert list(told) == [model.id for model in MODELS]
    live = told["gemini-3.8-live"]
    assert (live["family"], live["backends"], live["modalities"]) == ("3.8", ["gemini", "vertex"], ["AUDIO"])
    assert (live["inputTokenLimit"], live["outputTokenLimit"], live["thinking"]) == (131072, 65536, True)


def test_voices_and_engines_are_listed(run):
    voices, engines = run("voices").stdout.split("\n\n")
    assert [line.split()[0] for line in voices.splitlines()[1:]] == list(VOICES)
    assert [line.split()[0] for line in voices.splitlines() if line.endswith("default")] == [DEFAULT_VOICE]
    assert "formant" in engines
    assert engines.count("*") == 1


def test_voices_as_json_say_which_engine_speaks(run):
    told = json.loads(run("voices", "--json").stdout)
    assert [voice["name"] for voice in told["voices"]] == list(VOICES)
    engines = {engine["name"]: engine for engine in told["engines"]}
    assert set(engines) == {"espeak", "pyttsx3", "formant"}
    assert engines["formant"]["loads"]
    [chosen] = [engine for engine in told["engines"] if engine["chosen"]]
    assert chosen["loads"]


def test_columns_are_as_wide_as_their_widest_cell():
    assert table(("A", "LONG"), [("wide cell", "x"), ("y", "")]) == "A          LONG\nwide cell  x\ny"
