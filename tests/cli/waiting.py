"""How tests wait for ``serve``: by its ready line, never by time."""

import subprocess

READY = "gemlive-emulator ready "
LAST_OF_SCREEN = "Or give one command an emulator of its own"


def ready(process: subprocess.Popen[str]) -> dict[str, str]:
    """Wait for the ready line and read it."""
    assert process.stdout is not None
    assert process.stderr is not None
    line = process.stdout.readline()
    assert line.startswith(READY), line + process.stderr.read()
    return dict(word.split("=", 1) for word in line.removeprefix(READY).split())


def screen(process: subprocess.Popen[str]) -> str:
    """Wait for the first screen and read it."""
    assert process.stderr is not None
    lines = []
    for line in process.stderr:
        lines.append(line)
        if line.startswith(LAST_OF_SCREEN):
            break
    return "".join(lines)
