"""The emulator of one test with all that belongs to it: environment, checks at the end, and what a failure shows."""

import hashlib
import re
import traceback
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, nullcontext, suppress
from dataclasses import fields
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pytest

from gemlive_emulator.kit.hosts import real_hosts_led_to, real_hosts_refused
from gemlive_emulator.kit.surroundings import environment
from gemlive_emulator.profiles.admit import family_of
from gemlive_emulator.scenario.errors import nearest
from gemlive_emulator.server.emulator import Emulator
from gemlive_emulator.server.hosting import Hosted
from gemlive_emulator.server.redact import clean
from gemlive_emulator.server.settings import Settings
from gemlive_emulator.server.views.session_view import SessionView
from gemlive_emulator.wire.closes import KEY_STATES
from gemlive_emulator.wire.errors import EmulatorError

DEFAULTS: Mapping[str, Any] = {
    "port": 0,
    "pace": "at-once",
    "voice": "formant",
    "recogniser": "off",
    "keep": "all",
    "log_level": "warning",
}
"""What suits tests: no waiting, a voice that is there at once and the same everywhere, and all that is sent kept."""

OWN = ("model", "vertex", "allow", "real_hosts", "replay", "check", "responder")
"""What a marker may say beside settings."""

BROKEN = (1002, 1003, 1009)
"""With these codes the WebSocket layer refuses a client."""

MOST_ACCOUNTS = 5
"""Sessions that are told of one test, the last ones."""

LONGEST_NAME = 100
"""Characters of the name of a test in that of a file."""


class Rig:
    """An emulator that runs while a test does.

    Args:
        wishes: what the marker and the like say.
        folder: where a scenario file or a recording that is named is looked for first.
        temporary: makes folders for recordings.
        patch: with which the test may change the environment.

    Attributes:
        emulator: that runs.
    """

    def __init__(
        self,
        wishes: Mapping[str, Any],
        *,
        folder: Path,
        temporary: pytest.TempPathFactory,
        patch: pytest.MonkeyPatch | None = None,
    ) -> None:
        self._allow = wishes.get("allow") or ()
        self._hosts = _hosts(wishes.get("real_hosts", "refused"))
        self._vertex = bool(wishes.get("vertex"))
        self._temporary = temporary
        self._patch = patch
        self._rest = ExitStack()
        self._attached = False
        self.emulator = Hosted(_emulator(wishes, folder))

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            self.emulator.start()
            stack.callback(self._stop)
            stack.enter_context(environment(self.emulator, vertex=self._vertex, patch=self._patch))
            stack.enter_context(self._hosts(self.emulator.url))
            self._rest = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._rest.__exit__(None, None, None)

    def check(self) -> None:
        """Fail the test if something went wrong in the emulator, or its clients broke the protocol.

        What the test has had from ``gemlive.check()`` itself it knows.

        Raises:
            pytest.fail.Exception: with everything that did, and the sessions concerned.
        """
        wrong = [*self._failed(since=self.emulator.checked), *self._broken()]
        if wrong:
            pytest.fail("\n\n".join([*wrong, *(view.account for view in self._told())]), pytrace=False)

    def attach(self, report: pytest.TestReport, item: pytest.Item, folder: Path | None) -> None:
        """Add the sessions and the paths of their recordings to a report of a test.

        Args:
            report: of a test that failed.
            item: the test.
            folder: for the recordings; a temporary one if none.
        """
        views, told = self._told(), report.longreprtext
        # An assertion of a session, and the check at the end, have told it already.
        new = [view for view in views if f"session {view.name} (connection" not in told]
        report.sections += [(f"gemlive: {view!r}", view.account) for view in new]
        if failed := self._failed():
            report.sections.append(("gemlive: what failed in the emulator", "\n".join(failed)))
        if not views or self._attached:
            return
        self._attached = True
        try:
            paths = self._save(views, item.nodeid, folder)
        except OSError as error:
            report.sections.append(("gemlive: recordings", f"they cannot be written: {error}"))
            return
        how = "\n".join(f"{path}\n  gemlive-emulator replay {path}" for path in paths)
        report.sections.append(("gemlive: recordings", how))
        found = [("gemlive_recording", str(path)) for path in paths]
        # A report has a copy of them, and JUnit's XML takes them from the last report of a test.
        item.user_properties += found
        report.user_properties += found

    def _stop(self) -> None:
        self.emulator.stop()
        # What is raised here is kept as a failure, and is told with all others.
        with suppress(Exception):
            self.emulator.emulator.conclude()

    def _failed(self, since: int = 0) -> list[str]:
        return [_in_words(failure.session, failure.error) for failure in self.emulator.failures[since:]]

    def _broken(self) -> list[str]:
        if self._allow is True:
            return []
        found = []
        for view in self.emulator.sessions:
            end = next((one.details for one in view.events if one.kind == "close"), None)
            if end is None or end["code"] in self._allow or (end["code"], end["words"]) in KEY_STATES.values():
                continue
            if "refused" in end or (end["by"] == "server" and end["code"] in BROKEN):
                why = f" ({end['refused']})" if end.get("refused") else ""
                told = f"session {view.name}: the client broke the protocol: {end['code']} {end['words']}{why}"
                found.append(clean(told))
        return found

    def _told(self) -> Sequence[SessionView]:
        return self.emulator.sessions[-MOST_ACCOUNTS:]

    def _save(self, views: Sequence[SessionView], test: str, folder: Path | None) -> list[Path]:
        place = self._temporary.mktemp("gemlive") if folder is None else folder
        place.mkdir(parents=True, exist_ok=True)
        name, first = _file_name(test), len(self.emulator.sessions) - len(views) + 1
        # Not by the numbers of their connections: they begin anew when a test resets its emulator.
        return [view.save_recording(place / f"{name}-{number}.jsonl") for number, view in enumerate(views, first)]


def _emulator(wishes: Mapping[str, Any], folder: Path) -> Emulator:
    """The emulator that a marker stands for: one that plays a recording, if it names any.

    Raises:
        EmulatorError: the marker says something that is none, or wrong, or the recording is.
    """
    settings = _settings(wishes, folder)
    recording = wishes.get("replay")
    if recording is None:
        return Emulator(settings, responder=wishes.get("responder"))
    from gemlive_emulator.record.replaying import Replay

    how = {"check": wishes["check"]} if "check" in wishes else {}
    return Replay(_beside(folder, recording), settings, at_once=settings.pace == "at-once", **how)


def _beside(folder: Path, name: str) -> str:
    """The path of a file that is named: in this folder, if it is there."""
    return str(folder / name if (folder / name).exists() else name)


def _settings(wishes: Mapping[str, Any], folder: Path) -> Settings:
    """The settings that a marker stands for.

    Raises:
        EmulatorError: it says something that is none, or wrong.
    """
    known = {field.name for field in fields(Settings)}
    given = {name: value for name, value in wishes.items() if name not in OWN}
    for name in given:
        if name not in known:
            raise EmulatorError(f"gemlive({name}=...): there is no such setting; {nearest(name, known | set(OWN))}")
    model = wishes.get("model")
    if model is not None and given.get("profile") is None:
        given["profile"] = family_of(str(model)).name
    if given.get("scenario") is not None:
        given["scenario"] = _beside(folder, given["scenario"])
    return Settings(**{**DEFAULTS, **given})


def _file_name(test: str) -> str:
    """The name of a test as a file may have it anywhere; one that is long, its end and what tells it from others."""
    name = re.sub(r"[^\w.\[\]-]+", "-", test, flags=re.ASCII)
    if len(name) <= LONGEST_NAME:
        return name
    apart = hashlib.sha256(test.encode(errors="surrogatepass")).hexdigest()[:8]
    return f"{apart}-{name[-LONGEST_NAME:]}"


def _hosts(wish: str) -> Callable[[str], AbstractContextManager[Any]]:
    """What becomes of connections to Google's hosts, given the address of the emulator.

    Raises:
        EmulatorError: there is no such wish.
    """
    wishes: dict[str, Callable[[str], AbstractContextManager[Any]]] = {
        "refused": lambda url: real_hosts_refused(),
        "led": real_hosts_led_to,
        "free": nullcontext,
    }
    if wish not in wishes:
        raise EmulatorError(f"gemlive(real_hosts={wish!r}): it has to be one of {', '.join(wishes)}")
    return wishes[wish]


def _in_words(session: str, error: Exception) -> str:
    where = f"session {session}: " if session else ""
    if isinstance(error, EmulatorError):
        return f"{where}{error}"
    told = "".join(traceback.format_exception(error)).rstrip()
    return f"{where}what answers in place of the model raised:\n{told}"
