"""Google's Live hosts, and another way for the connections of this process that would go there.

A route is entered and left. While there is one, looking up one of these hosts gives a mark, an address that nobody has,
and connecting to the mark goes where the route says. Two steps, because libraries differ in what they keep of a lookup:
anyio, for one, takes the address and forgets the port. The last route entered decides; without any, all is as it was.

Only ``socket``, asyncio's loops, uvloop and the resolver of aiohttp that does without ``socket`` are changed, and those
that are not loaded yet when they are.
"""

import sys
from _thread import allocate_lock

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from importlib.machinery import ModuleSpec
    from types import ModuleType
    from typing import Any

HOSTS = ("generativelanguage.googleapis.com", "aiplatform.googleapis.com", "firebasevertexai.googleapis.com")
"""Where SDKs and programs reach the Live API, by their own tables of addresses."""
OF_A_REGION = "-aiplatform.googleapis.com"
"""What the name of a region is put before, for Vertex AI."""

VARIABLE = "GEMLIVE_EMULATOR_TRANSPARENT"
"""``HOST:PORT`` of the emulator, as ``gemlive-emulator exec --transparent`` sets it."""

WEB_PORTS = (443, 80)
_NAMES_OF_PORTS = {"https": 443, "http": 80}

MARK = "127.103.101.109"
"""A loopback address, so that what gets past the second step never leaves the machine."""
MARK_6 = "100::67:656d"
"""For an emulator that has an IPv6 address only: of the block that every network discards (RFC 6666)."""


def is_google(host: "object") -> bool:
    """Whether a host, as text or bytes, is one of Google's that serve the Live API."""
    if isinstance(host, (bytes, bytearray)):
        host = bytes(host).decode("ascii", "replace")
    if not isinstance(host, str):
        return False
    name = host.lower()
    name = name[:-1] if name.endswith(".") else name
    return name in HOSTS or (name.endswith(OF_A_REGION) and "." not in name[: -len(OF_A_REGION)])


class Detour:
    """A route to an address: connections to Google's hosts, ports 443 and 80, go there."""

    def __init__(self, host: str, port: int) -> None:
        self._there = (host, port)
        self._mark = MARK_6 if ":" in host else MARK

    def name(self, host: "Any", port: "Any") -> "Any":
        """The host to look up in place of this one; port 0 or ``None`` is one that the program adds later."""
        return self._mark if is_google(host) and _number(port) in (*WEB_PORTS, 0) else host

    def address(self, host: "Any", port: "Any") -> "tuple[Any, Any]":
        """Where to connect in place of this host and port."""
        ours = host == self._mark or is_google(host)
        return self._there if ours and _number(port) in WEB_PORTS else (host, port)


class Refusal:
    """A route to nowhere: looking up one of Google's hosts, or connecting to one by name, raises an ``OSError``.

    Attributes:
        refused: the hosts that were asked for, in order.
    """

    def __init__(self, advice: str, kind: "Callable[[int, str], OSError]" = ConnectionRefusedError) -> None:
        self.refused: list[str] = []
        self._advice = advice
        self._kind = kind

    def name(self, host: "Any", port: "Any") -> "Any":
        """The host as it is, unless it is Google's."""
        if not is_google(host):
            return host
        import errno

        told = host if isinstance(host, str) else bytes(host).decode("ascii", "replace")
        self.refused.append(told)
        raise self._kind(errno.ECONNREFUSED, f"{told}: {self._advice}")

    def address(self, host: "Any", port: "Any") -> "tuple[Any, Any]":
        """The host and port as they are, unless the host is Google's."""
        return self.name(host, port), port


def _number(port: "Any") -> "int | None":
    """A port as a number: 0 for none, ``None`` for one that is not known here."""
    if isinstance(port, (bytes, bytearray)):
        port = bytes(port).decode("ascii", "replace")
    if not port:
        return 0
    if isinstance(port, str):
        return int(port) if port.isdecimal() else _NAMES_OF_PORTS.get(port.lower())
    return port if isinstance(port, int) else None


_lock = allocate_lock()
_routes: "tuple[Any, ...]" = ()
_changed: "list[tuple[Any, str, Any, Any]]" = []
"""Owner, name, what we put there, and what was there before; ``None`` for what the owner had inherited."""


def enter(route: "Any") -> None:
    """Let this route decide from now on, in all threads of this process."""
    global _routes
    with _lock:
        if not _routes:
            _begin()
        _routes = (*_routes, route)


def leave(route: "Any") -> None:
    """Forget a route that was entered. Routes may be left in any order."""
    global _routes
    with _lock:
        _routes = tuple(other for other in _routes if other is not route)
        if not _routes:
            _end()


def follow(told: str) -> None:
    """Enter the route that :data:`VARIABLE` tells, for as long as the process lives."""
    host, _, port = told.rpartition(":")
    if host and port.isdecimal():
        enter(Detour(host.strip("[]"), int(port)))
    else:
        # Going on to Google is the one thing that must not come of a mistake.
        enter(Refusal(f"{VARIABLE} is {told!r}; it has to be HOST:PORT of an emulator, or not be set."))


def _named(host: "Any", port: "Any") -> "Any":
    routes = _routes
    return routes[-1].name(host, port) if routes else host


def _moved(host: "Any", port: "Any") -> "tuple[Any, Any]":
    routes = _routes
    return routes[-1].address(host, port) if routes else (host, port)


def _begin() -> None:
    for name, change in _CHANGES.items():
        module = sys.modules.get(name)
        if module is not None:
            change(module)
    sys.meta_path.insert(0, _WATCH)


def _end() -> None:
    sys.meta_path[:] = [finder for finder in sys.meta_path if finder is not _WATCH]
    while _changed:
        owner, name, ours, before = _changed.pop()
        if vars(owner).get(name) is not ours:
            continue  # Somebody else has changed it after us and calls ours, which is in nobody's way now.
        if before is None:
            delattr(owner, name)
        else:
            setattr(owner, name, before)


def _replace(owner: "Any", name: str, make: "Callable[[Any], Any]") -> None:
    ours = make(getattr(owner, name))
    _changed.append((owner, name, ours, vars(owner).get(name)))
    setattr(owner, name, ours)


def _change_socket(module: "Any") -> None:
    _replace(module, "getaddrinfo", _looking_up)
    _replace(module, "gethostbyname", _looking_up_one)
    _replace(module.socket, "connect", _connecting)
    _replace(module.socket, "connect_ex", _connecting)


def _change_asyncio(module: "Any") -> None:
    _replace(module.BaseEventLoop, "create_connection", _opening)


def _change_uvloop(module: "Any") -> None:
    """Of uvloop, whose lookups and connections are libuv's."""
    _replace(module.Loop, "create_connection", _opening)
    _replace(module.Loop, "getaddrinfo", _looking_up_in_loop)


def _change_aiohttp(module: "Any") -> None:
    """Of aiohttp, which asks c-ares wherever ``aiodns`` is installed."""
    _replace(module.AsyncResolver, "resolve", _resolving)


_CHANGES = {
    "socket": _change_socket,
    "asyncio.base_events": _change_asyncio,
    "uvloop": _change_uvloop,
    "aiohttp.resolver": _change_aiohttp,
}


def _looking_up(look_up: "Any") -> "Any":
    def getaddrinfo(host: "Any", port: "Any", *more: "Any", **options: "Any") -> "Any":
        return look_up(_named(host, port), port, *more, **options)

    return getaddrinfo


def _looking_up_one(look_up: "Any") -> "Any":
    def gethostbyname(hostname: "Any") -> "Any":
        return look_up(_named(hostname, None))

    return gethostbyname


def _looking_up_in_loop(look_up: "Any") -> "Any":
    async def getaddrinfo(self: "Any", host: "Any", port: "Any", **options: "Any") -> "Any":
        return await look_up(self, _named(host, port), port, **options)

    return getaddrinfo


def _resolving(resolve: "Any") -> "Any":
    async def resolve_mark(self: "Any", host: "Any", port: "Any" = 0, *more: "Any", **options: "Any") -> "Any":
        return await resolve(self, _named(host, port), port, *more, **options)

    return resolve_mark


def _connecting(connect: "Any") -> "Any":
    def connect_there(self: "Any", address: "Any") -> "Any":
        if isinstance(address, tuple) and len(address) >= 2:
            there = _moved(*address[:2])
            address = address if there == address[:2] else there
        return connect(self, address)

    return connect_there


def _opening(open_one: "Any") -> "Any":
    async def create_connection(
        self: "Any", protocol_factory: "Any", host: "Any" = None, port: "Any" = None, **options: "Any"
    ) -> "Any":
        there = _moved(host, port)
        if there != (host, port) and is_google(host) and options.get("ssl") and options.get("server_hostname") is None:
            options["server_hostname"] = host
        return await open_one(self, protocol_factory, *there, **options)

    return create_connection


class _Watch:
    """Changes a module when the program imports it. First in ``sys.meta_path``; the others find it."""

    def find_spec(
        self, name: str, path: "Sequence[str] | None" = None, target: "ModuleType | None" = None
    ) -> "ModuleSpec | None":
        if name not in _CHANGES:
            return None
        for finder in sys.meta_path:
            spec = None if finder is self else finder.find_spec(name, path, target)
            if spec is not None:
                _change_after_running(spec)
                return spec
        return None


def _change_after_running(spec: "Any") -> None:
    loader = spec.loader
    run = loader.exec_module

    def exec_module(module: "ModuleType") -> None:
        del loader.exec_module
        run(module)
        with _lock:
            if _routes:
                _CHANGES[spec.name](module)

    loader.exec_module = exec_module


_WATCH = _Watch()
