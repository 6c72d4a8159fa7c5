"""Google's tools on the wire, family by family."""

import json
from typing import Any

import pytest

from gemlive_emulator.profiles.dialect import Dialect, Wishes
from gemlive_emulator.profiles.families import FAMILIES
from gemlive_emulator.session.commands import Happening, TurnComplete
from gemlive_emulator.session.google_tools import (
    Browsed,
    CodeRan,
    CodeWritten,
    Grounded,
    Searched,
    Source,
    Support,
    UrlsRead,
)
from gemlive_emulator.session.usage import Usage
from gemlive_emulator.wire.codec import encode, read_server
from gemlive_emulator.wire.endpoint import Backend

GROUNDED = Grounded(
    ("weather Oslo",),
    (Source("https://a.example/x", "A", "a.example"), Source("https://b.example", "b.example", "")),
    (Support("Cold.", 0, (0,)), Support("Wet.", 6, (0, 1))),
    "<b>weather Oslo</b>",
)


def told(family: str, *happenings: Happening, backend: Backend = Backend.GEMINI) -> list[Any]:
    """The messages; each is one that the model of the wire reads and writes alike."""
    dialect = Dialect(FAMILIES[family].manner_on(backend), Wishes())
    frames = [frame for happening in happenings for frame in dialect.render(happening)]
    for frame in frames:
        assert frame.isascii()
        assert json.loads(encode(read_server(frame))) == json.loads(frame)
    return [json.loads(frame) for frame in frames]


def part(part: dict[str, Any], **role: str) -> dict[str, Any]:
    return {"serverContent": {"modelTurn": {**role, "parts": [part]}}}


def code(text: str) -> dict[str, Any]:
    return {"executableCode": {"language": "PYTHON", "code": text}}


def result(output: str) -> dict[str, Any]:
    return {"codeExecutionResult": {"outcome": "OUTCOME_OK", "output": output}}


def test_code_and_its_result_are_parts_of_the_models_turn():
    assert told("2.0", CodeWritten("print(1)\n"), CodeRan("1\n")) == [part(code("print(1)\n")), part(result("1\n"))]
    assert told("3.8", CodeWritten("x"))[0]["serverContent"]["modelTurn"]["role"] == "model"
    assert told("half-cascade", CodeRan("", "FAILED")) == [
        part({"codeExecutionResult": {"outcome": "OUTCOME_FAILED"}}),
    ]


LOOKING_UP = part(result("Looking up information on Google Search.\n"))


def test_2_0_searches_by_concise_search():
    assert told("2.0", Searched(('why "salty"', "b"))) == [
        part(code('concise_search("why \\"salty\\"", max_num_results=5)\nconcise_search("b", max_num_results=5)\n')),
        LOOKING_UP,
    ]


def test_the_half_cascade_searches_by_google_search():
    assert told("half-cascade", Searched(("a", "b é"))) == [
        part(code('print(google_search.search(queries=["a", "b é"]))')),
        LOOKING_UP,
    ]


def test_native_audio_tells_a_search_by_its_result_alone():
    assert told("2.5-native-audio", Searched(("a",))) == [LOOKING_UP]
    assert told("2.5-native-audio", Browsed(("https://a.example",))) == [part(result("Browsing the web.\n"))]


def test_a_page_is_read_by_browse():
    assert told("half-cascade", Browsed(("https://a.example",)))[0] == part(
        code('print(browse(urls=["https://a.example"]))')
    )


@pytest.mark.parametrize("family", ["3.1", "3.8", "3.8-extended-thinking"])
def test_3_shows_nothing_of_a_search_but_what_it_found(family: str):
    assert told(family, Searched(("a",)), Browsed(("https://a.example",))) == []
    (message,) = told(family, GROUNDED)
    assert set(message) == {"serverContent"}


def test_grounding_is_a_message_of_its_own():
    assert told("half-cascade", GROUNDED) == [
        {
            "serverContent": {
                "groundingMetadata": {
                    "groundingChunks": [
                        {"web": {"uri": "https://a.example/x", "title": "A"}},
                        {"web": {"uri": "https://b.example", "title": "b.example"}},
                    ],
                    "groundingSupports": [
                        {"segment": {"endIndex": 5, "text": "Cold."}, "groundingChunkIndices": [0]},
                        {"segment": {"startIndex": 6, "endIndex": 10, "text": "Wet."}, "groundingChunkIndices": [0, 1]},
                    ],
                    "searchEntryPoint": {"renderedContent": "<b>weather Oslo</b>"},
                    "webSearchQueries": ["weather Oslo"],
                }
            }
        }
    ]
    assert told("3.1", Grounded()) == [{"serverContent": {"groundingMetadata": {}}}]


def test_on_vertex_grounding_waits_for_the_end_of_its_turn():
    end = TurnComplete(Usage())
    first, second = told("half-cascade", Searched(("a",)), GROUNDED, end, end, backend=Backend.VERTEX)
    content = first["serverContent"]
    assert content["turnComplete"] is True
    assert [one["web"] for one in content["groundingMetadata"]["groundingChunks"]] == [
        {"uri": "https://a.example/x", "title": "A", "domain": "a.example"},
        {"uri": "https://b.example", "title": "b.example"},
    ]
    assert second["serverContent"] == {"turnComplete": True, "groundingMetadata": {}}


def test_what_became_of_pages():
    assert told("half-cascade", UrlsRead((("https://a.example", "SUCCESS"), ("https://b.example", "PAYWALL")))) == [
        {
            "serverContent": {
                "urlContextMetadata": {
                    "urlMetadata": [
                        {
                            "retrievedUrl": "https://a.example",
                            "urlRetrievalStatus": "URL_RETRIEVAL_STATUS_SUCCESS",
                        },
                        {
                            "retrievedUrl": "https://b.example",
                            "urlRetrievalStatus": "URL_RETRIEVAL_STATUS_PAYWALL",
                        },
                    ]
                }
            }
        }
    ]


def test_what_no_client_could_decode_is_replaced():
    assert told("3.1", Grounded(("\ud83d lone, \ud83d\ude00 pair",)))[0]["serverContent"]["groundingMetadata"] == {
        "webSearchQueries": ["\ufffd lone, \U0001f600 pair"]
    }
