"""The endpoint of an upgrade request: paths, versions, credentials."""

import pytest
from websockets.datastructures import Headers

from gemlive_emulator.server.target import endpoint
from gemlive_emulator.wire.endpoint import Backend

GEMINI = "/ws/google.ai.generativelanguage.{}.GenerativeService.BidiGenerateContent"
VERTEX = "/ws/google.cloud.aiplatform.{}.LlmBidiService/BidiGenerateContent"
FIREBASE = "/ws/google.firebase.vertexai.v1beta."


def at(target: str, *headers: tuple[str, str]):
    return endpoint(target, Headers(headers))


@pytest.mark.parametrize("version", ["v1", "v1alpha", "v1beta"])
@pytest.mark.parametrize("before", ["", "/", "/some/prefix", "/some/prefix/", "//a//", "http://localhost:8080/x"])
def test_the_gemini_path_is_found_behind_any_prefix(version, before):
    found = at(before + GEMINI.format(version))
    assert (found.backend, found.api_version) == (Backend.GEMINI, version)
    assert not found.constrained
    assert not found.music


@pytest.mark.parametrize("version", ["v1", "v1beta1"])
def test_the_vertex_path_has_a_slash_before_the_method(version):
    found = at("/" + VERTEX.format(version))
    assert (found.backend, found.api_version) == (Backend.VERTEX, version)


def test_constrained_and_music_are_told():
    assert at(GEMINI.format("v1alpha") + "Constrained?access_token=auth_tokens/abc").constrained
    music = at("/ws/google.ai.generativelanguage.v1alpha.GenerativeService.BidiGenerateMusic?key=k")
    assert music.music
    assert music.backend is Backend.GEMINI


def test_firebase_paths_name_their_back_end():
    assert at(FIREBASE + "GenerativeService/BidiGenerateContent?key=k").backend is Backend.GEMINI
    vertex = at(FIREBASE + "LlmBidiService/BidiGenerateContent/locations/us-central1?key=k")
    assert (vertex.backend, vertex.api_version, vertex.key) == (Backend.VERTEX, "v1beta", "k")


@pytest.mark.parametrize(
    "target",
    [
        "/",
        "",
        "*",
        "/any/path",
        GEMINI.format("v1") + "More",
        GEMINI.format("v1") + "/x",
        GEMINI.format("beta"),
        "/%ff%00",
    ],
)
def test_an_unknown_path_leaves_the_back_end_to_the_model(target):
    found = at(target)
    assert (found.backend, found.api_version, found.constrained, found.music) == (None, "v1beta", False, False)


def test_a_path_may_be_escaped_and_end_in_a_slash():
    assert at("/ws/google.cloud.aiplatform.v1beta1.LlmBidiService%2FBidiGenerateContent/").backend is Backend.VERTEX


@pytest.mark.parametrize(
    ("target", "headers"),
    [
        ("?key=secret", []),
        ("", [("x-goog-api-key", "secret")]),
        ("", [("X-Goog-Api-Key", " secret ")]),
        ("?access_token=secret", []),
        ("", [("Authorization", "Bearer secret")]),
        ("", [("authorization", "token secret")]),
        ("?key=secret", [("x-goog-api-key", "secret")]),
        ("?key=", [("x-goog-api-key", ""), ("x-goog-api-key", "secret")]),
        ("?key=first&key=secret", []),
        ("?key=secret", [("Authorization", "Basic Zm9v")]),
        ("?key=sec%72et", [("Authorization", "Bearer"), ("Authorization", "")]),
    ],
)
def test_every_way_of_giving_a_key(target, headers):
    assert at(GEMINI.format("v1") + target, *headers).key == "secret"


def test_no_key_is_an_empty_key():
    assert at(GEMINI.format("v1")).key == ""
    assert at(GEMINI.format("v1"), ("Authorization", "Negotiate x")).key == ""


def test_an_ephemeral_token_goes_before_an_api_key_on_its_own_path_only():
    headers = [("x-goog-api-key", "api-key"), ("Authorization", "Token auth_tokens/abc")]
    assert at(GEMINI.format("v1alpha") + "Constrained", *headers).key == "auth_tokens/abc"
    assert at(GEMINI.format("v1alpha"), *headers).key == "api-key"


def test_a_header_that_comes_twice_does_no_harm():
    headers = [("User-Agent", "a"), ("User-Agent", "b"), ("x-goog-api-key", "one"), ("x-goog-api-key", "two")]
    assert at(GEMINI.format("v1"), *headers).key == "one"


def test_other_parameters_are_kept_and_credentials_are_not_among_them():
    found = at("/?key=k&access_token=t&alt=sse&alt=json&empty=&bad=%ff%zz")
    assert found.query == {"alt": "json", "empty": "", "bad": "\ufffd%zz"}


def test_a_key_is_not_in_the_repr():
    assert "secret" not in repr(at("/?key=secret"))
