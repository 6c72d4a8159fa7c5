"""Runs sections of a notebook's cells in the order of the file, with nothing changed but the address.

python notebook.py CELLS FOLDER SECTION...

The cells find and leave their files in the folder. The sections are named by the beginnings of their titles. ``API_HOST`` is the host and port that is dialled in place of
the cells' own. What a cell displays becomes a line of JSON on standard output, and a ``!`` line asks for no shell:
``wget`` finds its file there, and ``gcloud`` gives a token.
"""

import ast
import asyncio
import inspect
import json
import os
import re
import sys
from pathlib import Path
from types import ModuleType
from urllib.parse import urlsplit

import numpy as np

SECTION = re.compile(r"^==== (.+)\n", re.MULTILINE)
SHELL = re.compile(r"^(\w+ = )?!(.+)$", re.MULTILINE)


class Displayed:
    """What stands for Audio, Video and Markdown of IPython."""

    def __init__(self, content=None, **options):
        self.kind = type(self).__name__.lower()
        self.told = content if isinstance(content, str | None) else sound_of(content)
        self.options = options


def sound_of(samples):
    """A sound as a test can look at it."""
    return {"samples": len(samples), "loudest": int(np.abs(samples.astype(int)).max())}


def display(shown):
    """Print what the notebook would show."""
    print(json.dumps({shown.kind: shown.told, **shown.options}), flush=True)


def put_ipython_in_place():
    """Make ``from IPython.display import ...`` find the above."""
    module = ModuleType("IPython.display")
    module.display = display
    for name in ("Audio", "Markdown", "Video"):
        setattr(module, name, type(name, (Displayed,), {}))
    sys.modules |= {"IPython": ModuleType("IPython"), "IPython.display": module}


def shell(command, variables):
    """What a line that begins with ``!`` gives, line by line."""
    words = [str(variables[word[1:]]) if word.startswith("$") else word for word in command.split()]
    if words[0] == "gcloud":
        return ["token"]
    assert words[0] == "wget", command
    assert Path(words[-1]).exists(), f"{words[-1]} has to be there beforehand"
    return []


def code_of(cell):
    """The cell with calls in place of its shell lines."""
    return SHELL.sub(lambda line: f"{line[1] or ''}_shell({line[2]!r}, globals())", cell)


async def run(cells, sections):
    """Run all cells of these sections in one name space, as a kernel does."""
    # The notebook uses the rate and nowhere says what it is.
    place = {"__name__": "__main__", "_shell": shell, "OUTPUT_AUDIO_RATE": 24_000}
    titles = SECTION.split(cells)[1:]
    for title, body in zip(titles[::2], titles[1::2], strict=True):
        if not title.startswith(sections):
            continue
        for cell in body.split("In [None]:\n")[1:]:
            code = compile(code_of(cell), f"<{title}>", "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
            awaited = eval(code, place)
            if inspect.isawaitable(awaited):
                await awaited
            if "service_url" in place:
                place["service_url"] = urlsplit(place["service_url"])._replace(netloc=os.environ["API_HOST"]).geturl()


if __name__ == "__main__":
    cells = Path(sys.argv[1]).read_text(encoding="utf-8")
    os.chdir(sys.argv[2])
    put_ipython_in_place()
    asyncio.run(run(cells, tuple(sys.argv[3:])))
