"""What the real server refuses reaches a google-genai program as the error that it would get there."""

import pytest
from emulators import APPS, Serving, run
from environments import PYTHON_SDKS, Environments

pytestmark = pytest.mark.clients

REFUSED = [
    ("gemini-2.5-flash-native-audio-preview-12-2025", "TEXT", 1007, "Cannot extract voices from a non-audio request."),
    ("gemini-9.9-live", "AUDIO", 1008, "models/gemini-9.9-live is not found for API version {version}, or is not"),
]
API_VERSIONS = {"3.4.0": "v1", "3": "v1", "2": "v1beta", "1": "v1beta", "1.0.0": "v1beta"}
"""What each version of the SDK dials if it is not told otherwise."""


@pytest.mark.parametrize(("model", "modality", "code", "words"), REFUSED)
@pytest.mark.parametrize("name", PYTHON_SDKS)
def test_a_refusal_has_its_code_and_words(
    environments: Environments, name: str, model: str, modality: str, code: int, words: str, strict_emulator: Serving
) -> None:
    environment = strict_emulator.environment()
    app, kind = ("chat.py", "APIError") if name != "1.0.0" else ("chat_1_0.py", "ConnectionClosedError")
    environment["CHAT_BASE_URL"] = strict_emulator.url
    done = run([str(environments.python(name).python), str(APPS / app), model, modality, "Hello"], environment)
    assert done.code == 0, done.stderr
    [refused] = [line["refused"] for line in done.lines if "refused" in line]
    assert isinstance(refused, dict)
    assert (refused["type"], refused["code"]) == (kind, code)
    assert refused["words"].startswith(words.format(version=API_VERSIONS[name]))
    assert not any("message" in line for line in done.lines)
