"""Controls an emulator that runs elsewhere: in another process, in a container. Only the standard library is needed."""

import json
import os
from collections.abc import Iterator, Mapping
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

PREFIX = "/emulator/v1"
TOKEN_VARIABLE = "GEMLIVE_EMULATOR_CONTROL_TOKEN"
URL_VARIABLE = "GOOGLE_GEMINI_BASE_URL"
"""What ``gemlive-emulator exec`` and ``env`` set for clients of the emulator: under them no address is needed."""

RIGHT = "it has to be like http://127.0.0.1:8765"

PATIENCE = 330.0
"""Seconds for an answer: waiting takes up to five minutes, and a long way on with many sessions a while."""


class RemoteError(Exception):
    """The emulator is not there, or refuses.

    Attributes:
        status: of HTTP; 0 if nothing answered, or not an emulator.
        wrong: what is wrong.
        right: what would be right, or ``""``.
    """

    def __init__(self, status: int, wrong: str, right: str = "") -> None:
        super().__init__(f"{wrong}; {right}" if right else wrong)
        self.status = status
        self.wrong = wrong
        self.right = right


class RemoteEmulator:
    """The HTTP interface of a running emulator (``docs/control.md``). May be used from several threads.

    Args:
        url: where it is, with any scheme that it answers; the one that its clients are told by their environment if
            none.
        token: its control token, if it wants one.

    Raises:
        RemoteError: there is no address.
    """

    def __init__(self, url: str | None = None, token: str | None = None) -> None:
        self.url = url or os.environ.get(URL_VARIABLE, "")
        self._token = token or os.environ.get(TOKEN_VARIABLE)
        self._found: set[int] = set()
        self._last: dict[str, int] = {}
        self._line().close()

    def get(self, path: str, **query: Any) -> Any:
        """What the emulator tells at a path below the prefix: ``get("/sessions")``.

        Raises:
            RemoteError: nothing answers, or it refuses.
        """
        asked = {name: value for name, value in query.items() if value is not None}
        return self._told("GET", f"{path}?{urlencode(asked)}" if asked else path)

    def post(self, path: str, body: Mapping[str, Any] | None = None) -> Any:
        """What the emulator answers to an order: ``post("/clock/advance", {"minutes": 10})``.

        Raises:
            RemoteError: nothing answers, or it refuses.
        """
        return self._told("POST", path, dict(body or {}))

    def when(self, then: list[Any], **conditions: Any) -> None:
        """Add a rule: ``when([{"say": "It is raining."}], text="weather")``; names as in a scenario file."""
        self.post("/rules", {"rules": [{"when": conditions, "then": then}]})

    def otherwise(self, then: list[Any]) -> None:
        """Say what answers where no rule fits."""
        self.post("/rules", {"otherwise": then})

    def script(self, *exchanges: Mapping[str, Any], **callers: Any) -> None:
        """Hold sessions that begin later to exchanges, each a mapping of ``expect`` and ``reply``."""
        self.post("/scripts", {"script": list(exchanges), **({"for": callers} if callers else {})})

    def load(self, text: str, name: str = "scenario") -> None:
        """Let a scenario answer, given as the text of its file."""
        self.post("/scenario", {"text": text, "name": name})

    def user_says(self, text: str) -> None:
        """Fix the words of the next speech that is heard."""
        self.post("/user-says", {"text": text})

    def fault(self, *faults: Mapping[str, Any] | str) -> None:
        """Let something go wrong on the line: ``fault({"stall": "2s", "at": "audio 3"})``."""
        self.post("/faults", {"faults": list(faults)})

    def advance(self, seconds: float = 0.0, *, minutes: float = 0.0, hours: float = 0.0) -> Any:
        """Move a manual clock on; gives what happened meanwhile."""
        return self.post("/clock/advance", {"seconds": seconds, "minutes": minutes, "hours": hours})

    def wait_for(self, kind: str, *, timeout: float = 5.0, session: str | None = None, **fields: Any) -> Any:
        """Wait until something happens, or find that it has: the first that no earlier call has found.

        Raises:
            AssertionError: it has not within so many seconds, and what came instead.
        """
        asked = {"kind": kind, "fields": fields, "session": session, "timeout": timeout}
        # What was found for the same wish lies before what is to be found: nothing is asked for twice.
        wish = json.dumps([kind, fields, session], sort_keys=True)
        after = self._last.get(wish, 0)
        while True:
            told = self.post("/wait", {**asked, "after": after})
            event = told["event"]
            if event is None:
                raise AssertionError(told["instead"])
            after = self._last[wish] = event["number"]
            if after not in self._found:
                self._found.add(after)
                return event

    def session(self, name: str = "only") -> Any:
        """What is told of a session: by name, the ``only`` one or the ``last``."""
        return self.get(f"/sessions/{quote(name)}")

    def act(self, action: str, body: Mapping[str, Any] | None = None, *, session: str = "only") -> Any:
        """Do something to an open session now: ``act("interrupt")``, ``act("close", {"code": 1011})``."""
        return self.post(f"/sessions/{quote(session)}/{action}", body)

    def verify(self, session: str = "only", **course: Any) -> None:
        """See that a session went as it should: ``verify(said="/rain/", notCalled=["light"])``.

        Raises:
            AssertionError: it did not, and what there was instead.
        """
        self._hold(self.post(f"/sessions/{quote(session)}/verify", course))

    def check(self) -> None:
        """See that scripts were finished, faults have struck and nothing has failed.

        Raises:
            AssertionError: not so, and what is wrong.
        """
        self._hold(self.post("/verify"))

    def reset(self) -> None:
        """Forget what a test has set or left."""
        self.post("/reset")
        self._found.clear()
        self._last.clear()

    def events(self, after: int = 0) -> Iterator[Any]:
        """What happened behind the event of this number and what happens from now on, until the emulator ends."""
        line, response = self._sent("GET", f"/events/stream?after={after}", None)
        try:
            for octets in response:
                if octets.startswith(b"data: "):
                    yield json.loads(octets[6:])
        except (ConnectionError, HTTPException):
            return  # it was cut, since the emulator has ended
        finally:
            line.close()

    @staticmethod
    def _hold(verified: Mapping[str, Any]) -> None:
        if not verified["ok"]:
            raise AssertionError("\n\n".join(verified["wrong"]))

    def _told(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        line, response = self._sent(method, path, body)
        try:
            octets = response.read()
            return json.loads(octets) if response.headers.get_content_type() == "application/json" else octets
        except (OSError, HTTPException) as error:
            raise RemoteError(0, f"{self.url} does not answer any more ({error})") from error
        finally:
            line.close()

    def _sent(self, method: str, path: str, body: Mapping[str, Any] | None) -> tuple[HTTPConnection, HTTPResponse]:
        headers = {"Content-Type": "application/json"} if body is not None else {}
        if self._token:
            headers["Authorization"] = f"Bearer {self._token}"
        line = self._line()
        try:
            line.request(method, PREFIX + path, None if body is None else json.dumps(body), headers)
            response = line.getresponse()
            if response.status == 200:
                return line, response
            refused = _refused(self.url, response)
        except (OSError, HTTPException, UnicodeError) as error:
            wrong = f"nothing answers at {self.url} ({error})"
            refused = RemoteError(0, wrong, "start one with `gemlive-emulator serve`")
        line.close()
        raise refused

    def _line(self) -> HTTPConnection:
        try:
            where = urlsplit(self.url)
            scheme, host, port = where.scheme, where.hostname, where.port
        except ValueError:
            scheme, host, port = "", None, None
        if not host or scheme not in ("http", "ws", "https", "wss"):
            raise RemoteError(0, f"{self.url} is no address", RIGHT)
        return (HTTPSConnection if scheme in ("https", "wss") else HTTPConnection)(host, port, timeout=PATIENCE)


def _refused(url: str, response: HTTPResponse) -> RemoteError:
    try:
        error = json.loads(response.read())["error"]
        return RemoteError(response.status, error["message"], error.get("right") or "")
    except (ValueError, KeyError, TypeError, AttributeError):
        return RemoteError(0, f"what answers at {url} is no emulator, or one that is too old")
