"""What an ephemeral token makes of the setup that its client sends: whole, masked, or not at all."""

import json
from typing import Any

import pytest

from gemlive_emulator.profiles.admit import Terms, doorkeeper
from gemlive_emulator.profiles.masks import read_mask
from gemlive_emulator.profiles.tokens import AuthToken, Pin, handle_in, pin_of
from gemlive_emulator.session.steps import nothing
from gemlive_emulator.wire.codec import decode
from gemlive_emulator.wire.endpoint import Endpoint
from gemlive_emulator.wire.errors import ClientFault
from gemlive_emulator.wire.setup import Setup
from gemlive_emulator.wire.writer import to_wire

LOCKED = {
    "model": "models/gemini-x",
    "generationConfig": {"responseModalities": ["AUDIO"], "temperature": 0.7},
    "systemInstruction": {"parts": [{"text": "hey"}], "role": "user"},
    "tools": [{"googleSearch": {}}],
    "sessionResumption": {},
    "outputAudioTranscription": {},
}
"""The body that both SDKs were measured to send."""
ASKED = {
    "model": "models/gemini-y",
    "generationConfig": {"responseModalities": ["TEXT"], "topP": 0.5, "maxOutputTokens": 9},
    "systemInstruction": {"parts": [{"text": "be rude"}]},
    "inputAudioTranscription": {},
}
LOCKED_MASK = (
    "model,generationConfig.responseModalities,generationConfig.temperature,systemInstruction.parts,"
    "systemInstruction.role,tools,sessionResumption,outputAudioTranscription"
)
"""What both make of ``lock_additional_fields=[]``."""


def setup_of(content: dict[str, Any]) -> Setup:
    found = decode(json.dumps({"setup": content})).message.setup
    assert found is not None
    return found


def effective(asked: dict[str, Any], pinned: dict[str, Any] | None, mask: str = "") -> dict[str, Any]:
    """The setup that counts, as it would be written."""
    token = AuthToken(field_mask=mask)
    if pinned is not None:
        token.bidi_generate_content_setup = setup_of(pinned)
    before = setup_of(asked)
    after = pin_of(token).over(before)
    assert before == setup_of(asked), "what the client sent is left as it was"
    return to_wire(after)


def test_a_token_that_pins_nothing_leaves_the_setup_to_the_client():
    asked = setup_of(ASKED)
    assert Pin().over(asked) is asked


@pytest.mark.parametrize("asked", [{}, ASKED])
def test_a_whole_setup_takes_the_place_of_the_clients(asked: dict[str, Any]):
    assert effective(asked, LOCKED) == to_wire(setup_of(LOCKED))


def test_a_mask_takes_exactly_its_fields():
    assert effective(ASKED, LOCKED, LOCKED_MASK) == {
        **to_wire(setup_of(LOCKED)),
        "generationConfig": {"responseModalities": ["AUDIO"], "temperature": 0.7, "topP": 0.5, "maxOutputTokens": 9},
        "inputAudioTranscription": {},
    }


@pytest.mark.parametrize(
    "mask", ["generationConfig.top_p", "generationConfig.topP", "generation_config.TopP", " topP ", "top_p"]
)
def test_a_masked_field_that_the_token_does_not_have_is_taken_away(mask: str):
    told = effective(ASKED, LOCKED, mask)
    assert told == to_wire(
        setup_of({**ASKED, "generationConfig": {"responseModalities": ["TEXT"], "maxOutputTokens": 9}})
    )


@pytest.mark.parametrize("mask", ["temperature", "generationConfig.temperature"])
def test_a_mask_without_a_setup_takes_away_as_well(mask: str):
    asked = {"model": "m", "generationConfig": {"temperature": 1.5}}
    assert effective(asked, None, mask) == {"model": "m", "generationConfig": {}}


def test_a_mask_over_what_neither_has_changes_nothing():
    assert effective({"model": "m"}, {}, "speechConfig.languageCode,model") == {}


def test_a_masked_field_makes_the_message_around_it():
    pinned = {"generationConfig": {"speechConfig": {"languageCode": "de-DE", "voiceConfig": {"voice": "Puck"}}}}
    told = effective({"model": "m"}, pinned, "generationConfig.speechConfig.languageCode")
    assert told == {"model": "m", "generationConfig": {"speechConfig": {"languageCode": "de-DE"}}}


@pytest.mark.parametrize("mask", ["labels.team", "labels"])
def test_of_a_map_the_whole_is_masked(mask: str):
    assert effective({"labels": {"a": "b"}}, {"labels": {"team": "blue"}}, mask) == {"labels": {"team": "blue"}}


@pytest.mark.parametrize("written", ["tools.googleSearch", "temprature", "generationConfig.", "model.name", "a.b"])
def test_a_mask_that_leads_nowhere_is_refused(written: str):
    with pytest.raises(ClientFault) as caught:
        read_mask(f"model,{written}")
    assert caught.value.code == 1007
    assert json.dumps(written) in caught.value.words


def test_paths_of_a_mask_are_those_of_the_proto():
    assert read_mask("model, ,sessionResumption,top_k,") == (
        ("model",),
        ("session_resumption",),
        ("generation_config", "top_k"),
    )


@pytest.mark.parametrize("mask", ["", "model", "sessionResumption"])
@pytest.mark.parametrize("resumption", [{}, {"sessionResumption": {}}, {"sessionResumption": {"handle": "old"}}])
def test_the_handle_is_the_clients_whatever_is_pinned(mask: str, resumption: dict[str, Any]):
    told = effective({"sessionResumption": {"handle": "mine"}}, {"model": "m", **resumption}, mask)
    assert told["sessionResumption"] == {"handle": "mine"}
    assert handle_in(setup_of(told)) == "mine"


@pytest.mark.parametrize("asked", [{}, {"sessionResumption": {}}, {"sessionResumption": {"handle": ""}}])
def test_without_a_handle_a_session_begins(asked: dict[str, Any]):
    assert handle_in(setup_of(asked)) is None


def test_a_whole_setup_without_a_modality_means_text():
    told = effective(ASKED, {"model": "models/gemini-x", "generationConfig": {"temperature": 0.1}})
    assert told["generationConfig"] == {"temperature": 0.1, "responseModalities": ["TEXT"]}


def test_a_token_that_pins_only_an_audio_model_is_refused_for_text():
    """Measured: the words name a modality that nobody asked for."""
    pinned = Pin(setup_of({"model": "models/gemini-3.1-flash-live-preview"})).over(setup_of({}))
    admit = doorkeeper(Endpoint(constrained=True), lambda turn, conversation: nothing())
    with pytest.raises(
        ClientFault, match=r"The requested combination of response modalities \(TEXT\) is not supported"
    ):
        admit(pinned)


def test_with_a_token_the_words_for_an_unknown_model_name_another_version():
    admit = doorkeeper(Endpoint(constrained=True), lambda turn, conversation: nothing(), Terms(strict=True))
    with pytest.raises(ClientFault, match="models/nothing is not found for API version v1main, or is"):
        admit(setup_of({"model": "models/nothing"}))
