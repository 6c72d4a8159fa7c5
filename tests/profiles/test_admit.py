"""Which family a model belongs to, and what can be changed about it."""

from dataclasses import replace
from typing import Any

import pytest

from gemlive_emulator.profiles import admit
from gemlive_emulator.profiles.admit import Terms, family_of
from gemlive_emulator.profiles.catalogue import MODELS, find
from gemlive_emulator.profiles.changing import override
from gemlive_emulator.profiles.families import FAMILIES
from gemlive_emulator.session.admission import Admission, Window
from gemlive_emulator.session.behaviour import AT_ONCE
from gemlive_emulator.session.commands import Warn
from gemlive_emulator.session.lifespan import UNLIMITED
from gemlive_emulator.session.steps import Conversation, Reply, Say, UserTurn
from gemlive_emulator.testing.playbook import Playbook
from gemlive_emulator.wire.endpoint import Backend, Endpoint
from gemlive_emulator.wire.errors import ClientFault, EmulatorError, cut


def echo(turn: UserTurn, conversation: Conversation) -> Reply:
    yield Say(turn.text)


@pytest.mark.parametrize(
    ("model", "family"),
    [
        ("gemini-3.8-live", "3.8"),
        ("gemini-2.0-flash-exp", "2.0"),
        ("gemini-1.5-flash", "2.0"),
        ("gemini-2.6-flash-live", "half-cascade"),
        ("gemini-2.7-native-audio-preview", "2.5-native-audio"),
        ("gemini-3.3-live", "3.1"),
        ("gemini-3.9-live", "3.8"),
        ("gemini-4.0-live-extended-thinking", "3.8-extended-thinking"),
        ("gemini-live-latest", "3.8"),
        ("gemini-" + "9" * 100_000, "3.8"),
        ("gemini-" + "9" * 5_000 + ".0-live", "3.8"),
    ],
)
def test_an_unknown_model_takes_the_nearest_family(model: str, family: str):
    assert family_of(model).name == family


def test_every_model_has_a_family_and_every_family_a_typical_model():
    assert {model.family for model in MODELS} == set(FAMILIES)
    for name in FAMILIES:
        assert any(model.typical for model in MODELS if model.family == name)
    assert len({model.id for model in MODELS}) == len(MODELS)


@pytest.mark.parametrize(
    "name",
    ["gemini-3.8-live", "models/gemini-3.8-live", "projects/p/locations/l/publishers/google/models/gemini-3.8-live"],
)
def test_models_are_found_under_every_form_of_their_name(name: str):
    model = find(name)
    assert model is not None
    assert model.id == "gemini-3.8-live"
    assert find("nothing") is None


def test_a_profile_takes_every_model_for_one_family():
    book = Playbook(echo, terms=Terms(profile="2.0", pace=AT_ONCE))
    book.open("models/gemini-3.8-live")
    assert len(book.messages) == 1
    assert book.session.admission is not None
    assert book.session.admission.behaviour.pace is AT_ONCE


def test_fields_are_changed_on_top_of_the_pace():
    book = Playbook(echo, terms=Terms(profile="2.0", pace=AT_ONCE, overrides={"behaviour.pace.first_text": 2.0}))
    book.open("models/gemini-3.8-live")
    assert book.session.admission is not None
    assert book.session.admission.behaviour.pace == replace(AT_ONCE, first_text=2.0)


@pytest.mark.parametrize(
    ("profile", "model", "modality", "closed"),
    [
        ("3.1", "models/gemini-2.0-flash-live-001", "TEXT", 1007),
        ("2.0", "models/gemini-3.8-live", "TEXT", None),
        ("2.5-native-audio", "models/gemini-2.0-flash-live-001", "TEXT", 1007),
        ("3.1", "models/gemini-3.1-flash-live-preview", "AUDIO", None),
    ],
)
def test_a_profile_decides_the_modalities_too(profile: str, model: str, modality: str, closed: int | None):
    book = Playbook(echo, terms=Terms(profile=profile))
    book.open(model, generationConfig={"responseModalities": [modality]})
    assert (book.closed[0] if book.closed else None) == closed


def test_fields_of_a_profile_can_be_changed_and_wrong_names_are_told():
    changed = override(FAMILIES["3.8"], {"behaviour.pace.first_audio": 0.25, "manner.role": False})
    assert changed.behaviour.pace.first_audio == 0.25
    assert changed.manner.role is False
    assert FAMILIES["3.8"].manner.role is True
    for wrong in ("behaviour.pase.first_audio", "nothing", "name.more"):
        with pytest.raises(EmulatorError, match=wrong.replace(".", r"\.")):
            override(FAMILIES["3.8"], {wrong: 1})


@pytest.mark.parametrize(
    ("field", "value", "expected"),
    [
        ("behaviour.pace.speed", 2, 2.0),
        ("behaviour.second_setup", [1007, "no"], (1007, "no")),
        ("manner.opening", ["{}"], (b"{}",)),
        ("behaviour.typed_during_reply", "queue", "queue"),
        ("refusals.media_chunks", False, False),
    ],
)
def test_values_take_the_type_of_their_field(field: str, value: object, expected: object):
    changed: object = override(FAMILIES["3.8"], {field: value})
    for name in field.split("."):
        changed = getattr(changed, name)
    assert changed == expected
    assert type(changed) is type(expected)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("behaviour.pace.speed", "fast"),
        ("behaviour.typed_during_reply", "perhaps"),
        ("manner.role", "maybe"),
        ("behaviour.base_tokens", 1.5),
    ],
)
def test_values_that_a_field_cannot_take_are_told(field: str, value: object):
    with pytest.raises(EmulatorError, match=f"profile field '{field}' is {value!r}: .*; by default it is "):
        override(FAMILIES["3.8"], {field: value})


def test_terms_are_checked_when_they_are_made():
    with pytest.raises(EmulatorError, match=r"none of 2\.0"):
        Terms(profile="9.9")
    with pytest.raises(EmulatorError, match="'lost'"):
        Terms(keys={"abcdefgh": "lost"})
    with pytest.raises(EmulatorError, match=r"manner\.nope"):
        Terms(overrides={"manner.nope": 1})


def test_what_was_set_by_hand_goes_before_what_a_scenario_wants():
    terms = Terms(overrides={"manner.role": False})
    assert terms.under(None, {}) is terms
    laid = terms.under("gemini-3.1-flash-live-preview", {"manner.role": True, "behaviour.base_tokens": 1})
    family = laid.family_of("gemini-2.0-flash-live-001")
    assert (family.name, family.manner.role, family.behaviour.base_tokens) == ("3.1", False, 1)
    assert terms.under(None, {"refusals.google_tools": []}).family_of("gemini-3.8-live").refusals.google_tools == ()
    assert Terms(profile="2.0").under("gemini-3.8-live", {}).family_of("gemini-3.8-live").name == "2.0"
    assert terms.family_of("gemini-3.8-live").behaviour == FAMILIES["3.8"].behaviour


def test_what_scenarios_want_is_judged_once_and_kept_within_bounds(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(admit, "MOST_LAID_OVER", 2)
    terms = Terms()
    first = terms.under(None, {"behaviour.base_tokens": 1})
    assert terms.under(None, {"behaviour.base_tokens": 1}) is first
    for tokens in (2, 3):
        assert terms.under(None, {"behaviour.base_tokens": tokens}).overrides == {"behaviour.base_tokens": tokens}
    again = terms.under(None, {"behaviour.base_tokens": 1})
    assert again is not first
    assert again == first


@pytest.mark.parametrize(
    ("thinking", "manner"),
    [
        (None, "shown"),
        ({"thinkingBudget": 0}, "none"),
        ({"thinkingLevel": "MINIMAL"}, "none"),
        ({"includeThoughts": False}, "counted"),
        ({"includeThoughts": True}, "shown"),
        ({"thinkingBudget": 500}, "shown"),
    ],
)
def test_thoughts_follow_the_configuration(thinking: dict[str, object] | None, manner: str):
    book = Playbook(echo, Endpoint(Backend.GEMINI, "v1"))
    book.open("models/gemini-2.5-flash-native-audio-latest", generationConfig={"thinkingConfig": thinking})
    assert book.session.admission is not None
    assert book.session.admission.behaviour.thoughts == manner


@pytest.mark.parametrize(
    ("speech", "voice"),
    [
        (None, "Puck"),
        ({}, "Puck"),
        ({"voiceConfig": {}}, "Puck"),
        ({"voiceConfig": {"prebuiltVoiceConfig": {"voiceName": "zephyr"}}}, "Zephyr"),
        ({"voiceConfig": {"voice": "Kore"}}, "Kore"),
        ({"voiceConfig": {"prebuiltVoiceConfig": {"voiceName": "Nobody"}}}, "Nobody"),
    ],
)
def test_voices_are_found_whatever_their_spelling(speech: dict[str, object] | None, voice: str):
    book = Playbook(echo)
    book.open("models/gemini-3.8-live", generationConfig={"speechConfig": speech})
    assert book.session.admission is not None
    assert book.session.admission.voice == voice


def test_words_are_cut_on_a_character():
    assert cut("ä" * 100) == "ä" * 61
    assert cut("x" * 123 + "y") == "x" * 123


def test_a_fault_tells_code_words_and_hint():
    assert str(ClientFault(1007, "bad", "send less")) == "1007 bad (send less)"
    assert str(ClientFault(1007, "bad")) == "1007 bad"


def notes(model: str = "models/gemini-2.0-flash-live-001", **generation: object) -> list[str]:
    book = Playbook(echo)
    book.open(model, generationConfig=generation)
    return [one.command.text for one in book.log if isinstance(one.command, Warn)]


def test_the_log_is_told_what_was_forgiven_in_a_setup():
    assert notes() == []
    assert "taken for family 3.8" in notes("models/gemini-9.9-live")[0]
    nobody = {"voiceConfig": {"prebuiltVoiceConfig": {"voiceName": "Nobody"}}}
    assert "'Nobody'" in notes(speechConfig=nobody)[0]
    assert notes(speechConfig=nobody, responseModalities=["TEXT"]) == []
    assert "stop_sequences" in notes(stopSequences=["x"])[0]


def test_native_audio_chooses_its_language_and_half_cascade_is_told():
    language = {"languageCode": "fr-FR"}
    assert "no effect" in notes("models/gemini-3.8-live", speechConfig=language)[0]
    assert notes(speechConfig=language) == []
    for model, expected in (("models/gemini-live-2.5-flash-preview", "fr-FR"), ("models/gemini-3.8-live", "")):
        book = Playbook(echo)
        book.open(model, generationConfig={"speechConfig": language})
        assert book.session.admission is not None
        assert book.session.admission.language == expected


def test_models_tell_their_languages_and_voices():
    newest, old, listener = find("gemini-3.8-live"), find("gemini-2.0-flash-exp"), find("gemini-3.5-transcribe-live")
    assert newest is not None
    assert old is not None
    assert listener is not None
    assert len(newest.languages) == 97
    assert old.languages == ()
    assert len(newest.voices) == len(old.voices) == 30
    assert listener.voices == ()


def admitted(terms: Terms = admit.DEFAULT_TERMS, **setup: Any) -> Admission:
    book = Playbook(echo, terms=terms)
    book.open("models/gemini-2.0-flash-live-001", **setup)
    assert book.session.admission is not None
    return book.session.admission


@pytest.mark.parametrize(
    ("compression", "window"),
    [
        (None, Window(32_768)),
        ({"triggerTokens": 500}, Window(32_768)),
        ({"slidingWindow": {}}, Window(32_768, 26_214, 13_107)),
        ({"slidingWindow": {"targetTokens": 100}, "triggerTokens": 500}, Window(32_768, 500, 100)),
    ],
)
def test_a_window_is_that_of_the_model_and_of_the_setup(compression: dict[str, Any] | None, window: Window):
    assert admitted(contextWindowCompression=compression).window == window


def test_limits_can_be_switched_off_for_all_families():
    admission = admitted(Terms(limits=False))
    assert admission.behaviour.limits == UNLIMITED
    assert admission.window == Window()


def test_images_of_low_resolution_cost_less():
    usual, low = admitted().behaviour, admitted(generationConfig={"mediaResolution": "MEDIA_RESOLUTION_LOW"}).behaviour
    assert low.image_tokens == usual.low_image_tokens < usual.image_tokens


@pytest.mark.parametrize(
    ("state", "keys", "words"),
    [
        ("expired", None, "API key expired."),
        ("expired", {"mine": "valid"}, "API key expired."),
        ("valid", {"mine": "denied"}, ""),
        (None, {"mine": "denied"}, "Your project has been denied"),
        (None, {}, "API key not valid."),
        (None, None, ""),
    ],
)
def test_what_is_said_of_the_key_of_a_connection_goes_before_the_keys(
    state: str | None, keys: dict[str, str] | None, words: str
):
    book = Playbook(echo, Endpoint(key="mine"), Terms(key_state=state, keys=keys))
    book.open()
    assert (book.closed or (0, ""))[1].startswith(words)
    assert bool(book.closed) is bool(words)
