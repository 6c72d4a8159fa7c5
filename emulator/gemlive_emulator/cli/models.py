"""``gemlive-emulator models``."""

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from gemlive_emulator.profiles.catalogue import Model


@click.command("models")
@click.option("--json", "as_json", is_flag=True, help="One JSON array instead of a table.")
def command(as_json: bool) -> None:
    """List the models that the emulator knows.

    FAMILY is what `serve --profile` takes. Any other model is answered as the nearest family by its version number,
    unless `--strict` is given.
    """
    import json

    from gemlive_emulator.cli.tables import table
    from gemlive_emulator.profiles.catalogue import MODELS

    if as_json:
        click.echo(json.dumps([_record(model) for model in MODELS], indent=2))
        return
    rows = [
        (model.id, model.family, ", ".join(_backends(model)), " or ".join(model.modalities), model.status)
        for model in MODELS
    ]
    click.echo(table(("MODEL", "FAMILY", "BACK-END", "ANSWERS WITH", "STATUS"), rows))


def _backends(model: "Model") -> list[str]:
    return sorted(str(backend) for backend in model.backends)


def _record(model: "Model") -> dict[str, object]:
    return {
        "id": model.id,
        "family": model.family,
        "backends": _backends(model),
        "displayName": model.display_name,
        "description": model.description,
        "modalities": list(model.modalities),
        "inputTokenLimit": model.input_tokens,
        "outputTokenLimit": model.output_tokens,
        "methods": list(model.methods),
        "contextTokens": model.context_tokens,
        "thinking": model.thinking,
        "languages": list(model.languages),
        "voices": list(model.voices),
        "status": model.status,
    }
