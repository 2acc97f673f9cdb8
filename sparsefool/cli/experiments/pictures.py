"""The options that let an experiment attack other pictures than the project's test images."""

from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

import click

from sparsefool.data.listings.find import place_of
from sparsefool.data.photographs import Pictures
from sparsefool.data.picture_sets import keep_set, open_set
from sparsefool.errors import ParameterError

DATA = click.option(
    "--data",
    "place",
    type=click.Path(path_type=Path),
    help="Attack the labelled pictures there: Parquet, a folder for each class, or ILSVRC's own folder.  "
    "[default: of ImageNet $SPARSEFOOL_DATA, else the test images]",
)
_OPTIONS = (
    DATA,
    click.option("--seed", type=click.IntRange(0), help="Of the order of these pictures.  [default: 0]"),
    click.option("--data-name", help="What these pictures are called in results.  [default: as the file]"),
    click.option("--data-title", help="What they are, for the pages, such as 'photographs of birds'."),
)


def with_pictures(command: Callable[..., None]) -> Callable[..., None]:
    """Return a command with the options for pictures, which it is handed as ``pictures``, or None."""

    @wraps(command)
    def command_with_options(
        dataset: str,
        place: Path | None,
        seed: int | None,
        data_name: str | None,
        data_title: str | None,
        **others: Any,
    ) -> None:
        found = place_of(dataset, place)
        given = {"--seed": seed, "--data-name": data_name, "--data-title": data_title}
        unused = [option for option, value in given.items() if value is not None]
        if found is None and unused:
            raise ParameterError(f"{unused[0]} is about the pictures that --data names; there is no --data.")
        pictures = found and open_pictures(found, dataset, seed or 0, data_name or "", data_title or "")
        command(dataset=dataset, pictures=pictures, **others)

    with_options: Callable[..., None] = command_with_options
    for option in reversed(_OPTIONS):
        with_options = option(with_options)
    return with_options


def open_pictures(place: Path, dataset: str, seed: int = 0, name: str = "", title: str = "") -> Pictures:
    """Return the pictures at a place; say what they are and what was left out."""
    found = open_set(place, dataset, seed, name, title)
    keep_set(found)
    click.echo(f"Pictures: {found.heading}, in the order of seed {seed}", err=True)
    for note in found.notes:
        click.echo(note, err=True)
    return found.pictures
