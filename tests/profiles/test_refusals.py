"""Every refusal that concerns setup, models, modalities, keys and typed turns, with its code and words."""

from typing import Any

import pytest

from gemlive_emulator.profiles.admit import Terms
from gemlive_emulator.session.steps import Conversation, Reply, Say, UserTurn
from gemlive_emulator.testing.playbook import Playbook
from gemlive_emulator.wire.closes import KEY_STATES
from gemlive_emulator.wire.endpoint import Backend, Endpoint
from gemlive_emulator.wire.errors import cut

NATIVE = "models/gemini-2.5-flash-native-audio-preview-12-2025"
OLD, MIDDLE, NEW = "models/gemini-2.0-flash-live-001", "models/gemini-3.1-flash-live-preview", "models/gemini-3.8-live"
THINKER = "models/gemini-3.8-live-extended-thinking"
VERTEX = Endpoint(Backend.VERTEX, "v1beta1")
TEXT = {"responseModalities": ["TEXT"]}
INVALID = "Request contains an invalid argument."


def echo(turn: UserTurn, conversation: Conversation) -> Reply:
    yield Say(turn.text)


def close_of(*messages: dict[str, Any], endpoint: Endpoint = Endpoint(), **terms: Any) -> tuple[int, str] | None:
    book = Playbook(echo, endpoint, Terms(**terms))
    for message in messages:
        book.receive(message)
    return book.closed


def setup(model: str = NATIVE, **fields: Any) -> dict[str, Any]:
    return {"setup": {"model": model, **fields}}


def thinking(**config: Any) -> dict[str, Any]:
    return {"generationConfig": {"thinkingConfig": config}}


def turns(*parts: dict[str, Any], role: str = "user") -> dict[str, Any]:
    return {"clientContent": {"turns": [{"role": role, "parts": list(parts)}], "turnComplete": True}}


FIRST = (1007, "setup must be the first message and only the first")


@pytest.mark.parametrize(
    "messages",
    [
        [setup(), setup()],
        [turns({"text": "hi"})],
        [{"realtimeInput": {"text": "hi"}}],
        [{"toolResponse": {"functionResponses": []}}],
    ],
)
def test_setup_comes_first_and_once(messages: list[dict[str, Any]]):
    assert close_of(*messages) == FIRST


def test_the_words_for_a_second_setup_are_a_field_of_the_profile():
    words = {"behaviour.second_setup": (1007, INVALID)}
    assert close_of(setup(), setup(), overrides=words) == (1007, INVALID)


@pytest.mark.parametrize(
    ("model", "modalities", "expected"),
    [
        (NATIVE, ["TEXT"], (1007, "Cannot extract voices from a non-audio request.")),
        (
            MIDDLE,
            ["TEXT"],
            (
                1007,
                "The requested combination of response modalities (TEXT) is not supported by the model. "
                "models/gemini-3.1-flash-live-preview",
            ),
        ),
        (
            "models/gemini-3.5-transcribe-live",
            ["AUDIO"],
            (
                1007,
                "The requested combination of response modalities (AUDIO) is not supported by the model. "
                "models/gemini-3.5-transcribe-live",
            ),
        ),
        (
            NEW,
            ["IMAGE"],
            (
                1007,
                "The requested combination of response modalities (IMAGE) is not supported by the model. "
                "models/gemini-3.8-live accep",
            ),
        ),
        (
            OLD,
            ["TEXT", "AUDIO"],
            (
                1007,
                "At most one response modality can be specified in the setup request. To enable simultaneous "
                "transcription and audio output,",
            ),
        ),
    ],
)
def test_modalities(model: str, modalities: list[str], expected: tuple[int, str]):
    code, words = expected
    closed = close_of(setup(model, generationConfig={"responseModalities": modalities}))
    assert closed is not None
    assert closed[0] == code
    assert closed[1].startswith(words)
    assert len(closed[1].encode()) <= 123


@pytest.mark.parametrize(
    ("model", "config", "modality"),
    [
        (OLD, {}, "AUDIO"),
        (OLD, TEXT, "TEXT"),
        (OLD, {"responseModalities": ["MODALITY_UNSPECIFIED"]}, "AUDIO"),
        (NATIVE, {"responseModalities": ["AUDIO", "AUDIO"]}, "AUDIO"),
        ("models/gemini-3.5-transcribe-live", {}, "TEXT"),
        ("models/gemini-4.2-live", {}, "AUDIO"),
    ],
)
def test_modalities_that_are_fine(model: str, config: dict[str, Any], modality: str):
    book = Playbook(echo)
    book.open(model, generationConfig=config)
    assert book.session.admission is not None
    assert book.session.admission.modality == modality


@pytest.mark.parametrize("version", ["v1alpha", "v1beta", "v1"])
def test_unknown_models_are_refused_by_strict_servers_in_the_words_of_the_version(version: str):
    closed = close_of(setup("models/gemini-2.0-flash-001"), endpoint=Endpoint(Backend.GEMINI, version), strict=True)
    words = f"models/gemini-2.0-flash-001 is not found for API version {version}, or is not supported for bidiGenerateContent. Call ListModels"
    assert closed == (1008, cut(words + " to see the list of available models and their supported methods."))
    if version == "v1alpha":
        assert closed[1].endswith("Call ListMod")


@pytest.mark.parametrize("model", [NATIVE, MIDDLE, NEW])
def test_strict_servers_let_living_models_in(model: str):
    assert close_of(setup(model), strict=True) is None


def test_other_model_refusals():
    gone = close_of(setup("models/gemini-2.0-flash-exp"), strict=True)
    assert gone is not None
    assert gone[1].startswith("models/gemini-2.0-flash-exp is not found for API version v1beta")
    assert close_of(setup("models/gemini-2.0-flash-exp")) is None
    name = "projects/p/locations/global/publishers/google/models/no-such-model"
    vertex = close_of(setup(name), endpoint=VERTEX, strict=True)
    assert vertex is not None
    assert vertex[0] == 1008
    assert vertex[1].startswith(f"Publisher Model `{name}`")
    elsewhere = close_of(setup(NATIVE), endpoint=VERTEX, strict=True)
    assert elsewhere is not None
    assert elsewhere[1].startswith("Publisher Model `")
    music = (1008, "Requested model is not supported for BidiGenerateContent.")
    assert close_of(setup("models/lyria-realtime-exp")) == music
    assert close_of(setup(), endpoint=Endpoint(music=True)) == music
    nameless = close_of({"setup": {"generationConfig": TEXT}})
    assert nameless is not None
    assert nameless[0] == 1008


@pytest.mark.parametrize("state", sorted(KEY_STATES))
def test_keys_are_refused_by_state(state: str):
    code, words = KEY_STATES[state]
    assert close_of(setup(), endpoint=Endpoint(key="k"), keys={"k": state}) == (code, cut(words))


@pytest.mark.parametrize(
    ("state", "code", "words"),
    [
        ("invalid", 1007, "API key not valid. Please pass a valid API key."),
        ("expired", 1007, "API key expired. Please renew the API key."),
        ("wrong-location", 1007, "User location is not supported for the API us"),
        (
            "disabled",
            1008,
            "Generative Language API has not been used in project 000000000000 before or it is disabled.",
        ),
        ("denied", 1008, "Your project has been denied access"),
        (
            "spending-cap",
            1011,
            "Your project has exceeded its monthly spending cap. Please go to AI Studio at https://ai.studio/spend",
        ),
        ("no-credits", 1011, "Your prepayment credits are depleted. Please go to "),
        (
            "out-of-quota",
            1011,
            "You exceeded your current quota, please check your plan and billing details. For more information on this "
            "error, head to: h",
        ),
    ],
)
def test_keys_get_the_observed_words(state: str, code: int, words: str):
    closed = close_of(setup(), endpoint=Endpoint(key="k"), keys={"k": state})
    assert closed is not None
    assert closed[0] == code
    assert closed[1].startswith(words)


def test_keys_that_nobody_configured():
    assert close_of(setup(), endpoint=Endpoint(key="other"), keys={"k": "valid"}) == (1007, KEY_STATES["invalid"][1])
    assert close_of(setup(), endpoint=Endpoint(key="k"), keys={"k": "valid"}) is None
    assert close_of(setup(), endpoint=Endpoint(key="anything")) is None


LEVEL = (1007, "Thinking level is not supported for this model")


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        (setup(NEW, **thinking(thinkingLevel="LOW")), LEVEL),
        (setup(NEW, **thinking(thinkingBudget=0)), LEVEL),
        (setup(THINKER), (1007, "Thinking level must be specified for this model")),
        (setup(THINKER, **thinking(thinkingLevel="MINIMAL")), LEVEL),
        (setup(THINKER, **thinking(thinkingLevel="low")), None),
        (setup(NATIVE, **thinking(thinkingBudget=1000)), None),
        (setup(NEW, proactivity={"proactiveAudio": False}), (1007, INVALID)),
        (setup(MIDDLE, tools=[]), None),
        (setup(OLD, generationConfig={"maxOutputTokens": -5}), (1007, INVALID)),
        (setup(OLD, generationConfig={"maxOutputTokens": 0}), None),
        (setup(MIDDLE, sessionResumption={"handle": None}), None),
    ],
)
def test_setup_fields_that_a_family_refuses(message: dict[str, Any], expected: tuple[int, str] | None):
    assert close_of(message, endpoint=Endpoint(Backend.GEMINI, "v1")) == expected


@pytest.mark.parametrize(
    ("fields", "name", "place"),
    [
        ({"proactivity": {"proactiveAudio": True}}, "proactivity", "setup"),
        ({"generationConfig": {"enableAffectiveDialog": True}}, "enableAffectiveDialog", "setup.generation_config"),
        ({"safetySettings": [{"category": "HARM_CATEGORY_HARASSMENT"}]}, "safetySettings", "setup"),
        ({"sessionResumption": {"transparent": True}}, "transparent", "setup.session_resumption"),
        ({"explicitVadSignal": True}, "explicitVadSignal", "setup"),
    ],
)
def test_names_that_v1beta_does_not_know(fields: dict[str, Any], name: str, place: str):
    words = f"Invalid JSON payload received. Unknown name \"{name}\" at '{place}': Cannot find field."
    assert close_of(setup(NATIVE, **fields)) == (1007, words)
    assert close_of(setup(NATIVE, **fields), endpoint=VERTEX) is None


@pytest.mark.parametrize(
    "fields", [{"proactivity": {"proactiveAudio": True}}, {"generationConfig": {"enableAffectiveDialog": True}}]
)
def test_names_that_v1alpha_knows(fields: dict[str, Any]):
    assert close_of(setup(NATIVE, **fields), endpoint=Endpoint(Backend.GEMINI, "v1alpha")) is None


def function(**parameters: Any) -> dict[str, Any]:
    return {"tools": [{"functionDeclarations": [{"name": "f", "parameters": {"type": "OBJECT", **parameters}}]}]}


@pytest.mark.parametrize("deep", [True, False])
def test_json_schema_words_in_parameters(deep: bool):
    place = "setup.tools[0].function_declarations[0].parameters"
    fields = {"additionalProperties": False}
    if deep:
        fields = {"properties": {"a": {"anyOf": [{"type": "STRING"}, {"type": "OBJECT", **fields}]}}}
        place += ".properties[a].any_of[1]"
    closed = close_of(setup(NATIVE, **function(**fields)))
    words = f"Invalid JSON payload received. Unknown name \"additionalProperties\" at '{place}': Cannot find field."
    assert closed == (1007, cut(words))


def test_enums_of_numbers():
    ids = {"type": "ARRAY", "items": {"type": "INTEGER", "enum": [1, 2]}}
    closed = close_of(setup(NATIVE, **function(properties={"ids": ids})))
    words = "* BidiGenerateContentRequest.setup.tools[0].function_declarations[0].parameters.properties[ids].items.enum: only allow"
    assert closed is not None
    assert closed == (1007, cut(words + "ed for STRING type\n"))
    assert close_of(setup(NATIVE, **function(properties={"s": {"type": "STRING", "enum": ["a"]}}))) is None
    assert close_of(setup(NATIVE, tools=[{"functionDeclarations": [{"name": "f"}]}, {"googleSearch": {}}])) is None


def test_reported_refusals_that_are_off_unless_the_profile_says_so():
    both = {"tools": [{"googleSearch": {}}, {"functionDeclarations": [{"name": "f"}]}]}
    assert close_of(setup(OLD, **both)) is None
    assert close_of(setup(OLD, **both), overrides={"refusals.search_with_functions": True}) == (1007, INVALID)
    assert close_of(setup(MIDDLE, tools=[]), overrides={"refusals.empty_tools": True}) == (1007, INVALID)


def test_a_system_instruction_beyond_the_limit():
    closed = close_of(setup(OLD, systemInstruction="word " * 41_942))
    assert closed is not None
    assert closed[0] == 1007
    assert closed[1].startswith(
        "the system instruction has 94 tokens, user system instruction has 41942 tokens, and user"
    )
    assert close_of(setup(OLD, systemInstruction={"parts": [{"inlineData": {"data": "AA=="}}]})) is None


def test_typed_turns_that_a_family_refuses():
    last = close_of(setup(OLD, generationConfig=TEXT), turns({"text": "x"}, role="model"))
    assert last is not None
    assert last[0] == 1007
    assert last[1].endswith("generic::invalid_argument: Last chunk before turn_complete must have r")
    assert len(last[1]) == 123
    pdf = {"fileData": {"fileUri": "gs://x", "mimeType": "application/pdf"}}
    assert close_of(setup(MIDDLE), turns(pdf)) == (1008, "Operation not supported")
    call, response = {"functionCall": {"name": "f"}}, {"functionResponse": {"name": "f", "response": {}}}
    assert close_of(setup(MIDDLE), turns({"text": "a"}, call)) == (1007, INVALID)
    assert close_of(setup(MIDDLE), turns(response)) == (1007, INVALID)
    for model in (NATIVE, NEW):
        assert close_of(setup(model), turns(call, response, pdf)) is None


def test_turns_of_role_system_are_for_vertex_only():
    assert close_of(setup(NEW), turns({"text": "be grave"}, role="system")) == (1007, INVALID)
    assert close_of(setup(NEW), turns({"text": "be grave"}, role="system"), endpoint=VERTEX) is None


def test_realtime_input_that_a_family_refuses():
    chunks = {"realtimeInput": {"mediaChunks": [{"mimeType": "audio/pcm", "data": "AAAA"}]}}
    words = (1007, "realtime_input.media_chunks is deprecated. Use audio, video, or text instead.")
    assert close_of(setup(MIDDLE), chunks) == words
    assert close_of(setup(NEW), chunks) == words
    assert close_of(setup(OLD), chunks) is None
    start, end = {"realtimeInput": {"activityStart": {}}}, {"realtimeInput": {"activityEnd": {}}}
    explicit = (1007, "Explicit activity control is not supported when automatic activity detection is enabled.")
    assert close_of(setup(NEW), start) == close_of(setup(NEW), end) == explicit
    manual = {"realtimeInputConfig": {"automaticActivityDetection": {"disabled": True}}}
    assert close_of(setup(NEW, **manual), start, end) is None
    assert close_of(setup(NEW, realtimeInputConfig={}), start) == explicit


def test_a_client_that_says_nothing_is_closed():
    book = Playbook(echo)
    book.advance(29.9)
    assert book.closed is None
    book.advance(0.1)
    assert book.closed == (1008, "The operation was aborted.")
