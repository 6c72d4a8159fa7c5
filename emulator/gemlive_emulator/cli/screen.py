"""What ``serve`` says when it is ready: one line for a program, a report for another, a screen for a person."""

import json
import os
import shlex

from gemlive_emulator import __version__
from gemlive_emulator.server.emulator import Emulator

SCREEN = """\
gemlive-emulator {version} answers at {url} (ws, wss, http and https on this one port). Ctrl-C stops it.

  Voice    {voice}
  Answers  {answers}
{time}
Point an application here, in the shell that starts it{and_key}:

  Python and JavaScript   eval "$(gemlive-emulator env {where})"

or by hand, with {key}:

  Python                  export GOOGLE_GEMINI_BASE_URL={url}
                          export SSL_CERT_FILE={bundle}
  JavaScript              export GOOGLE_GEMINI_BASE_URL={url}
  raw WebSocket           {raw}/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent

Or give one command an emulator of its own: gemlive-emulator exec -- python app.py
"""


def ready_line(emulator: Emulator) -> str:
    """The line that a program waits for on standard output."""
    return f"gemlive-emulator ready url={emulator.url} port={emulator.port} pid={os.getpid()}"


def ready_report(emulator: Emulator) -> str:
    """The content of the ready file; makes the certificates if there are none yet."""
    told = {
        "url": emulator.url,
        "host": emulator.settings.host,
        "port": emulator.port,
        "pid": os.getpid(),
        "ca_file": str(emulator.certificates.ca_file),
        "version": __version__,
    }
    return json.dumps(told, indent=2) + "\n"


def first_screen(emulator: Emulator) -> str:
    """What a newcomer has to know. Call it in a thread: it starts the voice and reads the certificates.

    Raises:
        EmulatorError: the voice that was chosen by name does not start, or no certificate can be kept.
    """
    emulator.voices.start()
    settings = emulator.settings
    by_port = f"http://127.0.0.1:{emulator.port}"
    advance = f"gemlive-emulator advance 10s --url {shlex.quote(emulator.url)}"
    return SCREEN.format(
        version=__version__,
        url=emulator.url,
        where=f"--port {emulator.port}" if emulator.url == by_port else f"--url {shlex.quote(emulator.url)}",
        and_key="" if settings.keys is None else " and has one of your keys in GOOGLE_API_KEY or GEMINI_API_KEY",
        key="any API key" if settings.keys is None else "one of your keys",
        voice=emulator.voices.describe(),
        answers=f"as {settings.scenario} says"
        if settings.scenario
        else "built-in responder; yours with --scenario FILE",
        time="" if settings.clock == "real" else "  Time     stands still until you move it: " + advance + "\n",
        bundle=shlex.quote(str(emulator.certificates.bundle_file)),
        raw=emulator.url.replace("http", "ws", 1),
    )
