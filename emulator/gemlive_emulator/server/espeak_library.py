"""Where espeak-ng may be. Looks without loading: a broken library must not reach the server's process."""

import glob
import importlib.util
import sys
from collections.abc import Iterator

LOADER = "espeakng_loader"
"""The package on PyPI that brings the library and its data."""

_PATTERNS = {
    "darwin": ("/opt/homebrew/lib/libespeak-ng.1.dylib", "/usr/local/lib/libespeak-ng.1.dylib"),
    "win32": (
        r"C:\Program Files\eSpeak NG\libespeak-ng.dll",
        r"C:\Program Files (x86)\eSpeak NG\libespeak-ng.dll",
    ),
}
_ELSEWHERE = tuple(
    f"{folder}/libespeak-ng.so.1"
    for folder in ("/usr/local/lib", "/usr/lib/*-linux-*", "/usr/lib64", "/usr/lib", "/lib/*-linux-*", "/lib64", "/lib")
)


def system_libraries(platform: str) -> Iterator[str]:
    """The espeak-ng libraries that the system has, by file.

    By known places and not by ``ctypes.util.find_library``, which starts processes.
    """
    for pattern in _PATTERNS.get(platform, _ELSEWHERE):
        yield from sorted(glob.glob(pattern))


def is_there() -> bool:
    """Whether an espeak-ng can be found; whether it works only the worker learns."""
    return importlib.util.find_spec(LOADER) is not None or any(system_libraries(sys.platform))
