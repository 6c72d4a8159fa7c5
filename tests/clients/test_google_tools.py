"""Google's own tools, as google-genai gives them to a program: typed, in each family's form, over TLS."""

import json
from typing import Any

import pytest
from emulators import APPS, Serving, run
from environments import Environments

pytestmark = pytest.mark.clients

SDKS = ("3.4.0", "2")
CASCADE, NATIVE = "gemini-live-2.5-flash-preview", "gemini-2.5-flash-native-audio-preview-12-2025"
MIDDLE, NEW, VERTEX = "gemini-3.1-flash-live-preview", "gemini-3.8-live", "gemini-live-2.5-flash"
WEATHER = "What is the current weather in Toronto, Canada?"
QUERY = "current weather in Toronto, Canada"
LOOKED_UP = {"outcome": "OUTCOME_OK", "output": "Looking up information on Google Search.\n"}

QUESTIONS = {
    "search on the half-cascade": ("gemini", CASCADE, "TEXT", "google_search", WEATHER),
    "search on native audio": ("gemini", NATIVE, "AUDIO", "google_search", WEATHER),
    "search on 3.1": ("gemini", MIDDLE, "AUDIO", "google_search", WEATHER),
    "search on 3.8": ("gemini", NEW, "AUDIO", "google_search", WEATHER),
    "search on Vertex": ("vertex", VERTEX, "TEXT", "google_search", WEATHER),
    "code": ("gemini", CASCADE, "TEXT", "code_execution", "What is the sum of the first 50 primes?"),
    "code that fails": ("gemini", CASCADE, "TEXT", "code_execution", "What is 5 / 0?"),
    "pages": ("gemini", CASCADE, "TEXT", "url_context", "Compare https://example.com/a and https://gone.invalid/b"),
    "code on native audio": ("gemini", NATIVE, "AUDIO", "code_execution", "Hello"),
    "code on 3.8": ("gemini", NEW, "AUDIO", "code_execution", "Hello"),
    "pages on 3.1": ("gemini", MIDDLE, "AUDIO", "url_context", "Hello"),
}
"""All that is asked, by name: in one process, for it takes seconds until an SDK is loaded."""


@pytest.fixture(scope="module", params=SDKS)
def answers(request: pytest.FixtureRequest, environments: Environments, emulator: Serving) -> dict[str, Any]:
    """For each question what arrived, name by name in order; pieces of words are joined."""
    environment = emulator.environment(vertex=False) | emulator.environment(vertex=True)
    python = str(environments.python(request.param).python)
    done = run([python, str(APPS / "google_tools.py"), json.dumps(list(QUESTIONS.values()))], environment)
    assert done.code == 0, done.stderr
    told: dict[str, Any] = {name: {} for name in QUESTIONS}
    for line in done.lines:
        answer, name, value = told[list(QUESTIONS)[line["number"]]], line["name"], line["value"]
        answer[name] = answer[name] + value if isinstance(answer.get(name), str) else value
    return told


def check_sources(grounding: dict[str, Any]) -> None:
    """What every search brings."""
    assert grounding["web_search_queries"] == [QUERY]
    assert f">{QUERY}</a>" in grounding["search_entry_point"]["rendered_content"]
    titles = [chunk["web"]["title"] for chunk in grounding["grounding_chunks"]]
    assert titles == ["weather.example", "forecast.example"]


def test_the_half_cascade_writes_its_search_as_code_and_supports_what_it_says(answers: dict[str, Any]) -> None:
    told = answers["search on the half-cascade"]
    assert list(told) == ["ExecutableCode", "CodeExecutionResult", "text", "GroundingMetadata", "end"]
    assert told["ExecutableCode"] == {"language": "PYTHON", "code": f'print(google_search.search(queries=["{QUERY}"]))'}
    assert told["CodeExecutionResult"] == LOOKED_UP
    grounding = told["GroundingMetadata"]
    check_sources(grounding)
    [support] = grounding["grounding_supports"]
    segment = support["segment"]
    assert support["grounding_chunk_indices"] == [0, 1]
    assert told["text"].encode()[: segment["end_index"]].decode() == segment["text"]
    assert segment["text"].endswith("[1, 2].")


def test_native_audio_tells_the_search_by_its_result(answers: dict[str, Any]) -> None:
    told = answers["search on native audio"]
    assert list(told) == ["CodeExecutionResult", "words", "GroundingMetadata", "end"]
    assert told["CodeExecutionResult"] == LOOKED_UP
    assert told["words"].startswith("According to a search, it is ")
    check_sources(told["GroundingMetadata"])


@pytest.mark.parametrize("question", ["search on 3.1", "search on 3.8"])
def test_3_tells_only_what_was_found(answers: dict[str, Any], question: str) -> None:
    told = answers[question]
    assert list(told) == ["words", "GroundingMetadata", "end"]
    check_sources(told["GroundingMetadata"])


def test_vertex_tells_it_with_the_end_of_the_turn(answers: dict[str, Any]) -> None:
    told = answers["search on Vertex"]
    assert list(told) == ["text", "GroundingMetadata", "end"]
    check_sources(told["GroundingMetadata"])
    assert told["GroundingMetadata"]["grounding_chunks"][0]["web"]["domain"] == "grounding.example"


def test_code_is_written_and_run(answers: dict[str, Any]) -> None:
    told = answers["code"]
    assert list(told) == ["ExecutableCode", "CodeExecutionResult", "text", "end"]
    assert "is_prime" in told["ExecutableCode"]["code"]
    assert told["CodeExecutionResult"] == {"outcome": "OUTCOME_OK", "output": "5117\n"}
    assert told["text"] == "The sum of the first 50 prime numbers is 5117.\n"


def test_code_that_fails(answers: dict[str, Any]) -> None:
    told = answers["code that fails"]
    assert told["CodeExecutionResult"]["outcome"] == "OUTCOME_FAILED"


def test_pages_are_read(answers: dict[str, Any]) -> None:
    told = answers["pages"]
    assert list(told) == ["ExecutableCode", "CodeExecutionResult", "text", "UrlContextMetadata", "end"]
    assert told["UrlContextMetadata"]["url_metadata"] == [
        {"retrieved_url": "https://example.com/a", "url_retrieval_status": "URL_RETRIEVAL_STATUS_SUCCESS"},
        {"retrieved_url": "https://gone.invalid/b", "url_retrieval_status": "URL_RETRIEVAL_STATUS_ERROR"},
    ]


@pytest.mark.parametrize("question", ["code on native audio", "code on 3.8", "pages on 3.1"])
def test_a_tool_that_the_family_has_not_is_refused(answers: dict[str, Any], question: str) -> None:
    assert answers[question] == {"refused": {"code": 1007, "words": "Request contains an invalid argument."}}
