"""``python -m sparsefool models``: the networks that can be attacked."""

import dataclasses
import json

import click

from sparsefool.zoo.loading import is_available
from sparsefool.zoo.specs import MODELS, ModelSpec


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print everything that is known about each, as JSON.")
def models(as_json: bool) -> None:
    """List the networks that can be attacked.

    Any other image classifier works as torchvision/NAME or timm/NAME.
    """
    available = [is_available(spec.name) for spec in MODELS]
    if as_json:
        rows = [
            dataclasses.asdict(spec) | {"available": here}
            for spec, here in zip(MODELS, available, strict=True)
        ]
        click.echo(json.dumps(rows, indent=2))
        return
    width = max(len(spec.name) for spec in MODELS)
    for spec, here in zip(MODELS, available, strict=True):
        click.echo(f"{spec.name:{width}}  {_size(spec):>13}  {spec.title} ({_status(spec, here)})")
    click.echo("\nAny other image classifier works as torchvision/NAME or timm/NAME.")


def _size(spec: ModelSpec) -> str:
    height, width = spec.input_size
    return f"{height} x {width} x {spec.channels}"


def _status(spec: ModelSpec, available: bool) -> str:
    if available:
        return "ready"
    if spec.download:
        return f"downloads {spec.megabytes} MB on first use"
    return f"no weights yet: python -m sparsefool train {spec.name}"
