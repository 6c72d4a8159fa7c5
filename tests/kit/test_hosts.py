"""Google's hosts refused, or led elsewhere, in this process: by every way that Python has to connect."""

import asyncio
import socket
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Callable, Iterator

import pytest

from gemlive_emulator.kit.hosts import RealHostRefused, real_hosts_led_to, real_hosts_refused

HOST = "generativelanguage.googleapis.com"
REGIONAL = "europe-west4-aiplatform.googleapis.com"
SEAMS = (
    (socket, "getaddrinfo"),
    (socket, "gethostbyname"),
    (socket.socket, "connect"),
    (socket.socket, "connect_ex"),
    (asyncio.BaseEventLoop, "create_connection"),
)


@pytest.fixture(autouse=True)
def everything_restored() -> Iterator[None]:
    """After each test the functions are the ones that were there before it, in the same places."""
    before = [vars(owner).get(name) for owner, name in SEAMS]
    finders = list(sys.meta_path)
    yield
    assert [vars(owner).get(name) for owner, name in SEAMS] == before
    assert sys.meta_path == finders


@pytest.fixture
def server() -> Iterator[socket.socket]:
    """A socket that listens at a free port and, as a thread, says who it is to who connects."""
    listening = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            with connection:
                connection.sendall(b"the emulator")

    thread = threading.Thread(target=serve)
    thread.start()
    yield listening
    listening.shutdown(socket.SHUT_RDWR)
    thread.join()
    listening.close()


def url_of(server: socket.socket) -> str:
    return f"http://127.0.0.1:{server.getsockname()[1]}"


def said_to(connection: socket.socket) -> bytes:
    with connection:
        return connection.recv(100)


def by_create_connection() -> bytes:
    return said_to(socket.create_connection((HOST, 443)))


def by_connecting_to_the_name() -> bytes:
    with socket.socket() as connection:
        connection.connect((REGIONAL, 80))
        return connection.recv(100)


def by_connect_ex() -> bytes:
    with socket.socket() as connection:
        assert connection.connect_ex((HOST, 443)) == 0
        return connection.recv(100)


def by_an_address_without_its_port() -> bytes:
    """As anyio does, and everybody who uses ``gethostbyname``."""
    return said_to(socket.create_connection((socket.gethostbyname(HOST), 443)))


@pytest.mark.parametrize(
    "connect", [by_create_connection, by_connecting_to_the_name, by_connect_ex, by_an_address_without_its_port]
)
def test_every_way_leads_to_the_emulator(server: socket.socket, connect: Callable[[], bytes]):
    with real_hosts_led_to(url_of(server)):
        assert connect() == b"the emulator"


async def by_streams() -> bytes:
    reader, writer = await asyncio.open_connection(HOST, 443)
    try:
        return await reader.read()
    finally:
        writer.close()
        await writer.wait_closed()


async def by_looking_up_first() -> bytes:
    loop = asyncio.get_running_loop()
    [(family, kind, protocol, _, address), *_] = await loop.getaddrinfo(HOST, 443, type=socket.SOCK_STREAM)
    with socket.socket(family, kind, protocol) as connection:
        connection.setblocking(False)
        await loop.sock_connect(connection, address)
        return await loop.sock_recv(connection, 100)


async def by_looking_up_and_dropping_the_port() -> bytes:
    """As anyio does."""
    found = await asyncio.get_running_loop().getaddrinfo(HOST, 443, type=socket.SOCK_STREAM)
    reader, writer = await asyncio.open_connection(found[0][4][0], 443)
    try:
        return await reader.read()
    finally:
        writer.close()
        await writer.wait_closed()


def asyncios_own() -> asyncio.AbstractEventLoop:
    return asyncio.SelectorEventLoop()


def uvloops() -> asyncio.AbstractEventLoop:
    return pytest.importorskip("uvloop").new_event_loop()


@pytest.mark.parametrize("loop", [asyncios_own, uvloops])
@pytest.mark.parametrize("connect", [by_streams, by_looking_up_first, by_looking_up_and_dropping_the_port])
def test_every_loop_leads_to_the_emulator(
    server: socket.socket, connect: Callable[[], AsyncIterator[bytes]], loop: Callable[[], asyncio.AbstractEventLoop]
):
    with real_hosts_led_to(url_of(server)), asyncio.Runner(loop_factory=loop) as runner:
        assert runner.run(connect()) == b"the emulator"


@pytest.mark.parametrize("loop", [asyncios_own, uvloops])
@pytest.mark.parametrize("connect", [by_streams, by_looking_up_first])
def test_every_loop_is_refused(
    connect: Callable[[], AsyncIterator[bytes]], loop: Callable[[], asyncio.AbstractEventLoop]
):
    with real_hosts_refused() as refused, asyncio.Runner(loop_factory=loop) as runner:
        with pytest.raises(RealHostRefused):
            runner.run(connect())
        assert refused == [HOST]


@pytest.mark.parametrize("connect", [by_create_connection, by_connecting_to_the_name, by_connect_ex])
def test_a_refusal_says_what_to_do(connect: Callable[[], bytes]):
    with real_hosts_refused() as refused:
        with pytest.raises(RealHostRefused) as told:
            connect()
        assert isinstance(told.value, OSError)
        assert str(told.value).endswith(
            f"{refused[0]}: this is Google's real server, and real_hosts_refused() keeps this test from it. Point the "
            "client at an emulator, by its base URL or by real_hosts_led_to(emulator.url)."
        )


def test_other_hosts_and_ports_are_left_alone(server: socket.socket):
    address = server.getsockname()
    with real_hosts_led_to("http://127.0.0.1:9"), real_hosts_refused():
        assert said_to(socket.create_connection(address)) == b"the emulator"
        assert socket.gethostbyname("127.0.0.1") == "127.0.0.1"


def test_unix_sockets_are_left_alone(tmp_path):
    place = str(tmp_path / "socket")
    with real_hosts_refused(), socket.socket(socket.AF_UNIX) as listening, socket.socket(socket.AF_UNIX) as connection:
        listening.bind(place)
        listening.listen()
        connection.connect(place)
        assert connection.getpeername() == place


def test_what_was_entered_last_decides(server: socket.socket):
    with real_hosts_refused() as outer:
        with real_hosts_led_to(url_of(server)):
            assert by_create_connection() == b"the emulator"
            with real_hosts_refused("inside.") as inner, pytest.raises(RealHostRefused, match="inside"):
                by_create_connection()
            assert by_create_connection() == b"the emulator"
        with pytest.raises(RealHostRefused):
            by_create_connection()
    assert (outer, inner) == ([HOST], [HOST])


def test_routes_may_be_left_in_any_order(server: socket.socket):
    first, second = real_hosts_refused(), real_hosts_led_to(url_of(server))
    first.__enter__()
    second.__enter__()
    first.__exit__(None, None, None)
    assert by_create_connection() == b"the emulator"
    second.__exit__(None, None, None)


def test_many_threads_enter_and_leave(server: socket.socket):
    faults: list[BaseException] = []

    def enter_and_leave() -> None:
        try:
            for _ in range(50):
                with real_hosts_led_to(url_of(server)):
                    assert by_create_connection() == b"the emulator"
        except BaseException as fault:
            faults.append(fault)

    threads = [threading.Thread(target=enter_and_leave) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []


def test_it_holds_for_all_threads():
    told: list[BaseException] = []

    def connect() -> None:
        try:
            by_create_connection()
        except RealHostRefused as refusal:
            told.append(refusal)

    with real_hosts_refused():
        thread = threading.Thread(target=connect)
        thread.start()
        thread.join()
    assert len(told) == 1


def test_an_exception_inside_restores_as_well():
    with pytest.raises(KeyError), real_hosts_refused():
        raise KeyError


def test_what_others_changed_meanwhile_stays_and_is_not_in_the_way(server: socket.socket):
    before = socket.getaddrinfo
    try:
        with real_hosts_refused():
            ours = socket.getaddrinfo
            theirs = socket.getaddrinfo = lambda *given, **named: ours(*given, **named)
        assert socket.getaddrinfo is theirs
        assert said_to(socket.create_connection(server.getsockname())) == b"the emulator"
    finally:
        socket.getaddrinfo = before


@pytest.mark.parametrize("url", ["", "http://127.0.0.1", "127.0.0.1:8765", "/"])
def test_an_address_without_a_port_is_refused(url: str):
    with pytest.raises(ValueError, match="no address of an emulator"), real_hosts_led_to(url):
        pytest.fail("entered")


def test_importing_and_entering_loads_neither_sockets_nor_loops():
    script = (
        "import sys; from gemlive_emulator.kit.hosts import real_hosts_refused\n"
        "with real_hosts_refused(): print({'socket', 'asyncio', 'urllib.parse', 'numpy', 'uvloop'} & set(sys.modules))\n"
    )
    # Without site, since a coverage that watches this run loads threads and sockets of its own.
    done = subprocess.run(
        [sys.executable, "-S", "-c", f"import sys; sys.path[:0] = {[p for p in sys.path if p]!r}\n{script}"],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert done.stdout == "set()\n"


def test_modules_that_are_loaded_while_it_runs_are_seen_to():
    script = (
        f"import sys; sys.path[:0] = {[p for p in sys.path if p]!r}\n"
        "from gemlive_emulator.kit.hosts import real_hosts_refused\n"
        "with real_hosts_refused():\n"
        "    import socket\n"
        "    try: socket.getaddrinfo('aiplatform.googleapis.com', 443)\n"
        "    except ConnectionRefusedError as refusal: print(type(refusal).__name__)\n"
        "print(socket.getaddrinfo.__module__, 'connect' in vars(socket.socket))\n"
    )
    done = subprocess.run([sys.executable, "-S", "-c", script], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout == "RealHostRefused\nsocket False\n"
