"""An emulator as the service, and a home of its own for certificates."""

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def _own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test touches the certificates of the machine, or takes keys, addresses and proxies from it."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "share"))
    for name in (
        "GOOGLE_API_KEY",
        "GEMINI_API_KEY",
        "GOOGLE_GEMINI_BASE_URL",
        "SSL_CERT_FILE",
        "HTTP_PROXY",
        "http_proxy",
    ):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def logged(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    """All that is logged."""
    caplog.set_level(logging.DEBUG)
    return caplog
