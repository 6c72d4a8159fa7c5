"""Write docs/reference: ``python .ci/reference.py``. A test holds the pages against the program."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from reference_pages.cli import cli_page
from reference_pages.errors import errors_page
from reference_pages.events import events_page
from reference_pages.families import families_page
from reference_pages.http import http_page
from reference_pages.messages import messages_page
from reference_pages.settings import settings_page
from reference_pages.steps import steps_page

FOLDER = Path(__file__).parents[1] / "docs" / "reference"

PAGES = {
    "cli.md": cli_page,
    "errors.md": errors_page,
    "events.md": events_page,
    "family-fields.md": families_page,
    "http.md": http_page,
    "messages.md": messages_page,
    "settings.md": settings_page,
    "steps.md": steps_page,
}

if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for name, made in PAGES.items():
        (FOLDER / name).write_text(made(), encoding="utf-8")
        print(f"docs/reference/{name}")
