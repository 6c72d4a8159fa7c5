"""The sample scenarios, each held with google-genai over TLS; some of them with @google/genai and bare WebSockets too."""

import asyncio
import json
import ssl
from base64 import b64encode
from itertools import pairwise
from pathlib import Path
from urllib.parse import quote

import pytest
from conversations import ENDED, NEWEST, SAMPLES, SPEAKS, STOCK, TYPED, Call, Conversation, Held, answer, ask, hold
from emulators import APPS, PATIENCE
from environments import Environments, NoNode
from speaking import MIME_TYPE, hear, say, silence, speech, stream
from websockets.asyncio.client import connect

from gemlive_emulator.server.emulator import Emulator
from gemlive_emulator.server.settings import Settings

pytestmark = pytest.mark.clients

FASTER = 4.0
STORY = "Tell me a story"
SPOKEN = speech("Stop it, please.") + silence(1.5)
"""An utterance, and the silence that ends it."""

MORE = {
    "slow thinker": Conversation("slow-thinker", [Call([ask("Trains"), ask("Now give up")], SPEAKS)], "family", 10),
    "slow tool": Conversation(
        "slow-tool",
        [
            Call(
                [
                    say("Where is my parcel?"),
                    hear(ENDED, 2),
                    ask("Are you there?"),
                    answer("track_parcel", {"place": "in Linz"}),
                    hear(ENDED, 4),
                ],
                declared=STOCK,
            ),
            Call(
                [
                    ask("How many are in stock?"),
                    answer("count_stock", {"counted": 10}, will_continue=True),
                    hear(ENDED, 2),
                    answer("count_stock", {"counted": 12}),
                    hear(ENDED, 3),
                ],
                declared=STOCK,
                behavior="NON_BLOCKING",
            ),
            Call(
                [say("Where is my parcel?"), hear("tool_call"), stream(SPOKEN), hear(ENDED, 2)],
                SPEAKS,
                declared=STOCK,
            ),
        ],
        rate=4,
    ),
    "silent listener": Conversation(
        "silent-listener", [Call([say("I love French cooking"), ask("But pizza is fine, too")], NEWEST)]
    ),
    "strict script": Conversation(
        "strict-script",
        [
            Call(
                [say("How is the weather?"), hear("model_turn", 2), say("Thank you"), hear(ENDED, 4)],
                NEWEST,
                functions={"get_weather": [{"temperature": -3}]},
            ),
            Call([ask("Hello")], NEWEST),
        ],
        "family",
        4,
    ),
    "tutor": Conversation(
        "tutor",
        [
            Call(
                [
                    say("Why is the sky blue?"),
                    hear("output_transcription", 2),
                    stream(SPOKEN),
                    hear(ENDED, 2),
                    ask("Yes, please go on."),
                ],
                SPEAKS,
            )
        ],
        "family",
        4,
    ),
    "long story": Conversation(
        "long-story",
        [
            Call(
                [
                    say("Tell me a story"),
                    hear("output_transcription", 2),
                    stream(SPOKEN),
                    hear(ENDED, 2),
                    ask("Please go on"),
                ],
                SPEAKS,
            )
        ],
        "family",
        4,
    ),
    "flaky network": Conversation(
        "flaky-network",
        [
            Call([ask(STORY)], SPEAKS),
            Call([ask(STORY)], SPEAKS),
            Call([ask(STORY)], SPEAKS),
            Call([say(STORY), hear("generation_complete"), ask(STORY)], SPEAKS),
            Call([ask(STORY)], SPEAKS),
            Call([ask(STORY)], SPEAKS),
        ],
        rate=FASTER,
    ),
    "voice desk": Conversation("voice-desk", [Call([stream(SPOKEN), hear(ENDED), ask("Are you there?")], SPEAKS)]),
}
"""What takes time, or speech."""


@pytest.fixture(scope="module")
def by_python(environments: Environments, tmp_path_factory: pytest.TempPathFactory) -> Held:
    """All of them with google-genai."""
    program = [str(environments.python("3.4.0").python), str(APPS / "converse.py")]
    return hold(TYPED | MORE, program, tmp_path_factory.mktemp("python"))


@pytest.fixture(scope="module")
def by_javascript(environments: Environments, tmp_path_factory: pytest.TempPathFactory) -> Held:
    """The typed ones with @google/genai."""
    try:
        sdk = environments.node("3")
    except NoNode as reason:
        pytest.skip(str(reason))
    program = [str(sdk.node), str(APPS / "converse.cjs")]
    return hold(TYPED, program, tmp_path_factory.mktemp("javascript"), NODE_PATH=str(sdk.modules))


@pytest.fixture(params=["by_python", "by_javascript"], ids=["google-genai", "@google/genai"])
def held(request: pytest.FixtureRequest) -> Held:
    """The typed ones, by each SDK."""
    made: Held = request.getfixturevalue(request.param)
    return made


def test_every_sample_is_held() -> None:
    held = {one.sample for one in (TYPED | MORE).values()}
    elsewhere = {"bad-line"}  # test_bad_line_clients.py
    assert held | elsewhere == {file.stem for file in SAMPLES.glob("*.yaml")}


def test_nothing_goes_wrong_in_the_emulators(by_python: Held, by_javascript: Held) -> None:
    assert by_python.failures == by_javascript.failures == []


# Typed, with both SDKs


def test_the_greeting_desk_closes_at_the_end(held: Held) -> None:
    assert held.said("greeting desk 1") == ["Welcome! How can I help you?", "We are open from nine to five."]
    assert held.logs["greeting desk 1"].refused == {"code": 1000, "words": "The desk has closed."}


def test_the_exact_conversation(held: Held) -> None:
    assert held.said("exact conversation 1") == [
        "Hello there! How can I help you today?",
        "The capital of Brazil is **Brasília**.",
        'The last question you asked was: "What is the capital of Brazil?"',
    ]


def test_a_ticket_of_one_caller_is_known_to_the_next(held: Held) -> None:
    assert held.said("phone menu 1")[1:] == [
        "What is broken?",
        "I have noted: My telephone is dead. Sales or support?",
        "What do you want to buy?",
        "Sold. Sales or support?",
    ]
    assert held.said("phone menu 2")[1] == "It was: My telephone is dead"


def test_the_weather_desk_calls_and_says_what_comes_back(held: Held) -> None:
    assert held.said("weather desk 1") == [
        "I am asking both. Oslo has -3 degrees, Rome 21.",
        "One moment. It is 7 degrees in New York.",
        "I told you: 7 degrees.",
        "The lights are on.",
        "You can ask me about: get_temperature, turn_on_the_lights.",
    ]
    assert held.calls("weather desk 1") == [{"location": "Oslo"}, {"location": "Rome"}, {"location": "New York"}, {}]


def test_what_one_function_finds_the_other_books(held: Held) -> None:
    assert held.said("booking 1") == [
        "Table 7 is free at 8 pm. Shall I book it?",
        "Booked. Your code is X42.",
        "You have table 9. Your code is X43.",
        "We are full tonight, I am afraid.",
    ]
    found, booked, _, at_once, _ = held.calls("booking 1")
    assert found == {"day": "tonight", "people": 2}
    assert (booked, at_once) == ({"table": 7, "people": 2}, {"table": 9, "people": 2})


def test_the_translator(held: Held) -> None:
    assert held.said("translator 1") == ["Bonjour.", "De acuerdo.", "Buenos días.", "« One beer »"]
    assert held.said("translator 2") == ["Dígame.", "Gracias."]


def test_the_research_desk_tells_its_sources_code_and_pages(held: Held) -> None:
    assert held.said("research desk 1") == [
        "The tallest lighthouse is 133 m high [1].",
        "17 times 23 is 391.",
        "I could read one of the two pages.",
        "I can search, compute and read.",
    ]
    search, compute, read, _ = held.logs["research desk 1"].turns
    [grounding] = [content["grounding_metadata"] for content in search.contents if "grounding_metadata" in content]
    assert grounding["grounding_chunks"][0]["web"]["uri"] == "https://lighthouses.example/tallest"
    code, result, *_ = compute.parts
    assert code["executable_code"]["code"] == "print(17 * 23)"
    assert result["code_execution_result"] == {"outcome": "OUTCOME_OK", "output": "391\n"}
    [pages] = [content["url_context_metadata"] for content in read.contents if "url_context_metadata" in content]
    assert [page["url_retrieval_status"] for page in pages["url_metadata"]] == [
        "URL_RETRIEVAL_STATUS_SUCCESS",
        "URL_RETRIEVAL_STATUS_PAYWALL",
    ]


def test_the_summary_arrives_at_a_function(held: Held) -> None:
    [call] = held.calls("summary 1")
    assert call == {"summary": "In 3 turns we talked about this: My name is Ada; I grow roses."}
    assert held.said("summary 1")[-1] == "I have kept a summary. Goodbye!"


def test_the_quota_runs_out_and_comes_back(held: Held) -> None:
    assert held.said("quota day 1") == [f"This was turn {number} of three." for number in (1, 2, 3)]
    for session in ("quota day 1", "quota day 2"):
        refused = held.logs[session].refused
        assert refused["code"] == 1011
        assert refused["words"].startswith("You exceeded your current quota")
    assert held.said("quota day 2") == []
    assert "429" in held.logs["quota day 3"].refused["words"]
    assert held.said("quota day 4") == ["Good morning. This is connection 4."]


def test_one_agent_hands_over_to_another(held: Held) -> None:
    assert held.said("hand-over 1")[1] == "One moment, I am connecting you with billing. You are being put through."
    assert held.calls("hand-over 1") == [{"agent": "billing", "reason": "My invoice is wrong"}]
    assert held.said("hand-over 2") == ["This is billing. I see: My invoice is wrong. Your money is on its way."]


# What takes time, or speech


def test_the_slow_thinker_thinks_and_gives_up(by_python: Held) -> None:
    [said] = by_python.said("slow thinker 1")
    assert said == "Let me see. I have thought about it, and turn 1 needs more thought."
    log = by_python.logs["slow thinker 1"]
    assert "thought" in log.names()
    assert log.refused == {"code": 1011, "words": "Internal error encountered."}


def test_a_slow_function_is_given_up_and_told_of_later(by_python: Held) -> None:
    assert by_python.said("slow tool 1") == [
        "I am asking the depot.",
        "The depot does not answer. I will tell you when it does.",
        "Ask me something else meanwhile. You said: Are you there?",
        "The depot has answered at last: your parcel is in Linz.",
    ]


def test_a_slow_function_answers_in_parts(by_python: Held) -> None:
    assert by_python.said("slow tool 2") == ["I am having them counted.", "10 so far.", "12 so far."]


def test_a_slow_function_is_cancelled_by_an_interruption(by_python: Held) -> None:
    assert "tool_call_cancellation" in by_python.logs["slow tool 3"].names()
    assert by_python.said("slow tool 3")[1].startswith("I have stopped asking the depot. Ask me something else")


def test_the_silent_listener_answers_one_of_two(by_python: Held) -> None:
    assert by_python.said("silent listener 1") == ["If I may: take ripe tomatoes, good flour, and time."]


def test_the_strict_script_to_its_end(by_python: Held) -> None:
    log = by_python.logs["strict script 1"]
    assert by_python.said("strict script 1")[1].startswith("It is -3 degrees.")
    assert "interrupted" in log.names()
    assert log.refused["code"] == 1000
    assert by_python.said("strict script 2") == ["This is connection 2."]


def test_the_tutor_is_interrupted_as_the_script_wants_it(by_python: Held) -> None:
    cut, second, third = by_python.said("tutor 1")
    assert cut.startswith("Sunlight")
    assert "straight on" not in cut
    assert second.startswith("A molecule is")
    assert "evening" in third
    assert "".join(by_python.logs["tutor 1"].heard).strip() == "Wait, what is a molecule?"


def test_the_long_story_is_cut_and_goes_on(by_python: Held) -> None:
    cut, asked, rest = by_python.said("long story 1")
    assert cut.startswith("There was")
    assert len(cut) < 500
    assert asked.startswith("Yes? I heard you for")
    assert rest.endswith("The end.")
    assert "interrupted" in by_python.logs["long story 1"].names()


def test_the_flaky_network_until_it_is_well(by_python: Held) -> None:
    refused, cut, lossy, endless, stalled, well = (by_python.logs[f"flaky network {number}"] for number in range(1, 7))
    assert refused.refused["code"] == 503
    assert (cut.refused["code"], cut.names().count("turn_complete")) == (1006, 0)
    [whole] = [turn.sounds for turn in well.turns]
    [holes] = [turn.sounds for turn in lossy.turns]
    assert len(whole) / 2 < len(holes) < len(whole)
    [both] = [turn.sounds for turn in endless.turns]
    assert len(both) == 2 * len(whole) + 1
    assert by_python.said("flaky network 5") == by_python.said("flaky network 6")
    times = [entry["at"] for entry in stalled.entries]
    assert max(later - earlier for earlier, later in pairwise(times)) > 3 / FASTER * 0.9


def test_the_voice_desk_tells_how_long_it_heard(by_python: Held) -> None:
    heard, written = by_python.said("voice desk 1")
    assert heard.startswith("I heard ")
    assert written == "You wrote: Are you there?"


# With a bare WebSocket


PATH = "/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent"


@pytest.mark.parametrize("scheme", ["ws", "wss"])
async def test_the_rehearsed_translator_by_voice(scheme: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    file = str(SAMPLES / "translator.yaml")
    settings = Settings(port=0, scenario=file, pace="at-once", voice="formant", recogniser="off")
    async with Emulator(settings) as emulator:
        trust = ssl.create_default_context(cafile=emulator.certificates.ca_file) if scheme == "wss" else None
        url = f"{emulator.url.replace('http', scheme)}{PATH}?key=any&scenario={quote('rehearsed translator')}"
        async with asyncio.timeout(PATIENCE), connect(url, ssl=trust, proxy=None) as socket:
            generation = {"responseModalities": ["AUDIO"]}
            setup = {"model": f"models/{SPEAKS}", "generationConfig": generation, "outputAudioTranscription": {}}
            await socket.send(json.dumps({"setup": setup}))
            assert json.loads(await socket.recv()) == {"setupComplete": {}}
            for words in ("Bonjour.", "Où est la gare ?"):
                blob = {"mimeType": MIME_TYPE, "data": b64encode(SPOKEN).decode()}
                await socket.send(json.dumps({"realtimeInput": {"audio": blob}}))
                said = ""
                while "turnComplete" not in (content := json.loads(await socket.recv())["serverContent"]):
                    said += content.get("outputTranscription", {}).get("text", "")
                assert said.strip() == words
