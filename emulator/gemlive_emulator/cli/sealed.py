"""Run by ``exec --sealed`` in a process of its own: goes into namespaces, and becomes the command there.

    python -I sealed.py DESCRIPTOR HOSTS_FILE ADDRESS,... COMMAND [ARGUMENT...]

The network of the namespace is its loopback and nothing else. The sockets that listen there are handed to the emulator
through DESCRIPTOR: a socket stays in the network that it was made in, whoever accepts on it. Nothing of this package is
imported, so that it takes no longer than it must.
"""

import ctypes
import fcntl
import os
import socket
import struct
import sys

CLONE_NEWNS, CLONE_NEWUSER, CLONE_NEWNET = 0x00020000, 0x10000000, 0x40000000
MS_BIND, MS_REC, MS_PRIVATE = 4096, 16384, 1 << 18
SIOCGIFFLAGS, SIOCSIFFLAGS = 0x8913, 0x8914
IFF_UP = 1
BACKLOG = 2048
HOSTS_FILE = "/etc/hosts"

NOT_FOUND, NOT_EXECUTABLE = 127, 126


def main(arguments: list[str]) -> int:
    """Become the command; returns an exit code only where that cannot be done."""
    descriptor, hosts, addresses, *command = arguments
    try:
        seal()
        show_instead(hosts, HOSTS_FILE)
        raise_loopback()
        hand_over([listening(address) for address in addresses.split(",")], int(descriptor))
    except OSError as problem:
        print(f"Error: --sealed: no namespace can be made here: {problem}", file=sys.stderr)  # noqa: T201  # for people
        return NOT_EXECUTABLE
    try:
        os.execvp(command[0], command)
    except FileNotFoundError:
        print(f"Error: {command[0]}: no such command", file=sys.stderr)  # noqa: T201  # for people
        return NOT_FOUND
    except OSError as problem:
        barred = isinstance(problem, PermissionError)
        told = "may not be executed" if barred else f"cannot be started: {problem.strerror}"
        print(f"Error: {command[0]}: {told}", file=sys.stderr)  # noqa: T201  # for people
        return NOT_EXECUTABLE


def seal() -> None:
    """Go into a mount and a network namespace.

    Who may not do so may in a user namespace, in which they stay who they are.
    """
    try:
        call("unshare", CLONE_NEWNS | CLONE_NEWNET)
    except PermissionError:
        user, group = os.getuid(), os.getgid()
        call("unshare", CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWNET)
        write("/proc/self/setgroups", "deny")  # The system wants it before a group may be mapped.
        write("/proc/self/uid_map", f"{user} {user} 1")
        write("/proc/self/gid_map", f"{group} {group} 1")
    call("mount", b"none", b"/", None, MS_REC | MS_PRIVATE, None)


def show_instead(file: str, place: str) -> None:
    """Have ``file`` seen at ``place``, in this namespace only."""
    call("mount", os.fsencode(file), os.fsencode(place), None, MS_BIND, None)


def raise_loopback() -> None:
    """Switch on ``lo``, which is down in a new network."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asked:
        told = fcntl.ioctl(asked, SIOCGIFFLAGS, struct.pack("16sh14x", b"lo", 0))
        flags = struct.unpack("16sh14x", told)[1] | IFF_UP
        fcntl.ioctl(asked, SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", flags))


def listening(address: str) -> socket.socket:
    """A socket that listens at HOST:PORT of the new network, as the emulator's own do."""
    host, _, port = address.rpartition(":")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    listener.bind((host.strip("[]"), int(port)))
    listener.listen(BACKLOG)
    return listener


def hand_over(sockets: list[socket.socket], descriptor: int) -> None:
    """Give the sockets to the emulator, and keep none for the command."""
    with socket.socket(fileno=descriptor) as emulator:
        socket.send_fds(emulator, [b"listening"], [listener.fileno() for listener in sockets])
    for listener in sockets:
        listener.close()


def call(name: str, *arguments: object) -> None:
    """Call a function of the C library.

    Raises:
        OSError: it failed; says which it was.
    """
    library = ctypes.CDLL(None, use_errno=True)
    if getattr(library, name)(*arguments) != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")


def write(path: str, text: str) -> None:
    """Write a file of the system's in one go."""
    with open(path, "w", encoding="ascii") as file:
        file.write(text)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
