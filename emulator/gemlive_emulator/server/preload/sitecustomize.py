"""Python imports this at its start, where its folder stands on ``PYTHONPATH``; without its variable it does nothing."""

import os
import sys

from gemlive_emulator_hosts import VARIABLE, follow


def _next() -> None:
    """Run the ``sitecustomize`` that Python would have found without this one."""
    here = os.path.dirname(__file__)
    path = list(sys.path)
    ours = sys.modules.pop("sitecustomize")
    sys.path[:] = [folder for folder in path if folder != here]
    without = list(sys.path)
    try:
        import sitecustomize  # noqa: F401  # it is imported for what it does
    except ImportError as problem:
        if problem.name != "sitecustomize":
            raise
        sys.modules["sitecustomize"] = ours
    finally:
        if sys.path == without:
            sys.path[:] = path
        else:
            sys.path.insert(0, here)


if os.environ.get(VARIABLE):
    follow(os.environ[VARIABLE])
_next()
