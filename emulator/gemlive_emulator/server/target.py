"""From the upgrade request to the endpoint: back-end, version and credential. Pure.

Paths and credentials as measured with google-genai for Python 0.3 to 3.4, @google/genai 0.14 to 3.1 and @firebase/ai
2.16. A base URL may put a prefix or a second slash before the path, so paths are matched at their end.
"""

import re
from urllib.parse import parse_qsl, unquote

from websockets.datastructures import Headers

from gemlive_emulator.wire.endpoint import Backend, Endpoint

_PATHS = (
    (
        Backend.GEMINI,
        re.compile(
            r"(?:^|/)google\.ai\.generativelanguage\.(?P<version>v\w+)\.GenerativeService[./]"
            r"(?P<method>BidiGenerateContent|BidiGenerateContentConstrained|BidiGenerateMusic)$"
        ),
    ),
    (
        Backend.VERTEX,
        re.compile(
            r"(?:^|/)google\.cloud\.aiplatform\.(?P<version>v\w+)\.LlmBidiService[./](?P<method>BidiGenerateContent)$"
        ),
    ),
    (
        Backend.GEMINI,
        re.compile(
            r"(?:^|/)google\.firebase\.vertexai\.(?P<version>v\w+)\.GenerativeService[./](?P<method>BidiGenerateContent)$"
        ),
    ),
    (
        Backend.VERTEX,
        re.compile(
            r"(?:^|/)google\.firebase\.vertexai\.(?P<version>v\w+)\.LlmBidiService[./](?P<method>BidiGenerateContent)"
            r"(?:/locations/[^/]+)?$"
        ),
    ),
)
_SCHEME_AND_AUTHORITY = re.compile(r"^[A-Za-z][A-Za-z0-9+.-]*://[^/?]*")
LONGEST_PATH = 300
"""Characters of a path that are kept."""
_CREDENTIAL_PARAMETERS = ("key", "access_token")


def endpoint(target: str, headers: Headers) -> Endpoint:
    """Read the endpoint off an upgrade request.

    Args:
        target: the request target as it stood in the request line: path and query.
        headers: the request's headers; any may be there more than once.

    Returns:
        The endpoint; an unknown path has no back-end, which the model name in ``setup`` then decides (SDKs that are
        given a "custom base URL" for Vertex dial it verbatim).
    """
    path, _, query = _SCHEME_AND_AUTHORITY.sub("", target).partition("?")
    backend, version, method = _service(path)
    parameters = dict(parse_qsl(query, keep_blank_values=True))
    constrained = method == "BidiGenerateContentConstrained"
    return Endpoint(
        backend=backend,
        api_version=version,
        constrained=constrained,
        music=method == "BidiGenerateMusic",
        key=_key(parameters, headers, constrained=constrained),
        query={name: value for name, value in parameters.items() if name not in _CREDENTIAL_PARAMETERS},
        path=path[:LONGEST_PATH],
    )


def credential(query: str, headers: Headers) -> str:
    """The API key, token or bearer of a request, ``""`` if there is none."""
    return _key(dict(parse_qsl(query, keep_blank_values=True)), headers, constrained=False)


def is_live(path: str) -> bool:
    """Whether a path, prefix or not, is one of those that the SDKs dial for a live session."""
    return _service(path)[0] is not None


def _service(path: str) -> tuple[Backend | None, str, str]:
    """Back-end, API version and method of a path."""
    path = re.sub(r"/{2,}", "/", unquote(path)).rstrip("/")
    for backend, pattern in _PATHS:
        if found := pattern.search(path):
            return backend, found["version"], found["method"]
    return None, "v1beta", "BidiGenerateContent"


def _key(parameters: dict[str, str], headers: Headers, *, constrained: bool) -> str:
    """The first credential that is not empty; on the path for ephemeral tokens a token goes before an API key."""
    api_keys = [*headers.get_all("x-goog-api-key"), parameters.get("key", "")]
    tokens = [parameters.get("access_token", ""), *_authorizations(headers)]
    ordered = tokens + api_keys if constrained else api_keys + tokens
    return next((given.strip() for given in ordered if given.strip()), "")


def _authorizations(headers: Headers) -> list[str]:
    """The credentials of ``Authorization: Bearer ...`` (Vertex) and ``Authorization: Token ...`` (ephemeral tokens)."""
    given = []
    for value in headers.get_all("Authorization"):
        scheme, _, credential = value.strip().partition(" ")
        if scheme.lower() in ("bearer", "token"):
            given.append(credential)
    return given
