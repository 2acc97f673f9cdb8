"""``sparsefool reproduce``: the whole paper by one command."""

import sys
from dataclasses import replace
from functools import cache
from pathlib import Path

import click

from sparsefool.analysis.paper.report import Measured, paper_report
from sparsefool.atomic_files import replacing
from sparsefool.backend.models import loaded_model
from sparsefool.backend.placement import place_of as device_of
from sparsefool.backend.progress import NullProgress
from sparsefool.benchmarks.expected_cost import ExpectedCost
from sparsefool.cli.experiments.pictures import open_pictures
from sparsefool.cli.experiments.running import RunOptions, run_in_terminal, with_run_options
from sparsefool.data.listings.find import place_of
from sparsefool.errors import ParameterError
from sparsefool.experiments.paper.reproduction import FULL, QUICK, USUAL, reproduction
from sparsefool.experiments.records.store import RecordStore
from sparsefool.formats import duration

PHOTOGRAPHS = "imagenet"
"""The data set of which --data names the pictures."""


@click.command()
@click.option("--quick", is_flag=True, help="A few images of each data set: some minutes.")
@click.option("--full", is_flag=True, help="As many images as there are and the paper has: days on a CPU.")
@click.option("--stored", is_flag=True, help="Take the rows that come with the project; measure the rest.")
@click.option("--cost", "only_cost", is_flag=True, help="Say how long it will take, and end.")
@click.option(
    "--report",
    type=click.Path(dir_okay=False, path_type=Path),
    default=Path("reproduction.html"),
    show_default=True,
    help="Where the report goes.",
)
@click.option(
    "--data",
    "place",
    type=click.Path(path_type=Path),
    help="ImageNet's validation set: a Parquet file or a folder.  [default: the sample pictures]",
)
@with_run_options
def reproduce(
    quick: bool,
    full: bool,
    stored: bool,
    only_cost: bool,
    report: Path,
    place: Path | None,
    options: RunOptions,
) -> None:
    """Measure the whole paper anew: Tables 1 to 3, Figures 4 and 6, and what its text says in numbers.

    It ends with one HTML page, every figure beside the paper's. An interrupted run continues when the same
    command is given again. The networks of Tables 2 and 3 are the paper's where their weights are here
    (sparsefool fetch paper), and otherwise the EfficientNet-Lites.
    """
    if quick and full:
        raise ParameterError("--quick and --full exclude each other; without either, the usual numbers run.")
    scale, found = QUICK if quick else FULL if full else USUAL, place_of(PHOTOGRAPHS, place)
    pieces = reproduction(scale, open_pictures(found, PHOTOGRAPHS) if found else None)
    options = replace(options, anew=not stored)
    device = device_of(options.device)
    expected = ExpectedCost(
        RecordStore(), cache(lambda name: loaded_model(name, device, NullProgress()).classifier)
    )
    seconds = expected.seconds([piece.experiment for piece in pieces], options.store)
    images = sum(task.images for piece in pieces for task in piece.experiment.tasks())
    click.echo(
        f"{len(pieces)} parts of the paper, {images:,} rows: about {duration(seconds)} on {device}, by the "
        "passes that each attack took before and the time of a pass now",
        err=True,
    )
    if only_cost:
        return
    measured = []
    for number, piece in enumerate(pieces, 1):
        click.echo(f"{number} of {len(pieces)}: {piece.title}", err=True)
        measured.append(Measured(piece.place, piece.dataset, run_in_terminal(piece.experiment, options)))
    with replacing(report) as file:
        file.write_text(paper_report(measured, " ".join(["sparsefool", *sys.argv[1:]])), encoding="utf-8")
    click.echo(f"The report: {report}")
