"""``python -m sparsefool experiment``: measure many images and store the rows with their provenance."""

from collections.abc import Callable
from dataclasses import asdict
from functools import partial
from typing import Any

import click

from sparsefool.analysis.overlap import overlaps_of
from sparsefool.analysis.region_findings import shares_of
from sparsefool.analysis.statistics import Estimate, estimate_mean
from sparsefool.analysis.summaries import Summary, summarise_by
from sparsefool.analysis.transfer_rates import transfer_matrix
from sparsefool.cli.experiments.pictures import with_pictures
from sparsefool.cli.experiments.running import DATASET, MODELS, RunOptions, run_in_terminal, with_run_options
from sparsefool.cli.terminal import CommandGroup
from sparsefool.data.photographs import Pictures
from sparsefool.experiments.paper.comparison import paper_comparison
from sparsefool.experiments.paper.experiments import (
    paper_regions,
    paper_sweep,
    paper_transfer,
    usual_rounding,
)
from sparsefool.formats import interval, percent, written

INTERVAL = " (95 % {})"
"""How an interval stands behind its number."""


@click.group(cls=CommandGroup)
def experiment() -> None:
    """Measure many images. An interrupted experiment continues when the same command is given again."""


_LAMBDA = click.option("--lambda", "lambda_", type=float, help="λ.  [default: the paper's]")
_DELTA = click.option("--delta", type=float, default=255.0, show_default=True, help="Levels of 0 to 255.")


_IMAGES = click.option(
    "--images",
    type=click.IntRange(1),
    help="Test images.  [default: 1000, or all there are; with --data 4000 of them]",
)


def _with_one_setting(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options of a command that attacks with one λ and one δ."""
    return DATASET(MODELS(_LAMBDA(_DELTA(_IMAGES(with_pictures(with_run_options(command)))))))


@experiment.command()
@DATASET
@MODELS
@click.option("--attack", "attacks", multiple=True, help="An attack's name; again for more.  [default: all]")
@click.option("--images", type=click.IntRange(1), help="Images that each attack gets at most.")
@with_pictures
@with_run_options
def comparison(
    dataset: str,
    models: tuple[str, ...],
    attacks: tuple[str, ...],
    images: int | None,
    pictures: Pictures | None,
    options: RunOptions,
) -> None:
    """Compare the attacks of the paper on one data set (Tables 1 and 2)."""
    table = run_in_terminal(paper_comparison(dataset, models, attacks, images, pictures), options)
    for (model, attack), summary in summarise_by(table.rows, ("model", "attack")).items():
        click.echo(f"{model}, {attack}: {describe(summary)}")


@experiment.command()
@DATASET
@MODELS
@click.option(
    "--lambda", "lambdas", type=float, multiple=True, help="λ; again for more.  [default: Figure 4]"
)
@click.option(
    "--delta", "deltas", type=float, multiple=True, help="δ in levels; again for more.  [default: 255]"
)
@click.option(
    "--images",
    type=click.IntRange(1),
    help="Test images.  [default: 200 of MNIST and of --data, 100 of CIFAR-10, 20 of ImageNet]",
)
@with_pictures
@with_run_options
def sweep(
    dataset: str,
    models: tuple[str, ...],
    lambdas: tuple[float, ...],
    deltas: tuple[float, ...],
    images: int | None,
    pictures: Pictures | None,
    options: RunOptions,
) -> None:
    """SparseFool over λ and δ (Figures 4 and 6): every λ with every δ."""
    table = run_in_terminal(paper_sweep(dataset, models, lambdas, deltas, images, pictures), options)
    for (model, lambda_, delta), summary in summarise_by(table.rows, ("model", "lambda_", "delta")).items():
        click.echo(f"{model}, λ = {lambda_:g}, δ = {delta:g}: {describe(summary)}")


@experiment.command()
@_with_one_setting
def transfer(dataset: str, options: RunOptions, **setting: Any) -> None:
    """Perturbations made for one network, tried on all others (Table 3)."""
    table = run_in_terminal(paper_transfer(dataset, **setting), options)
    for cell in transfer_matrix(table.rows):
        fooled, noise = cell.fooled, cell.noise
        click.echo(
            f"{cell.source} -> {cell.target}: {fooled.count}/{fooled.n} = {with_interval(fooled.estimate)}; "
            f"noise of the same size {noise.count}/{noise.n} = {with_interval(noise.estimate)}"
        )


@experiment.command()
@_with_one_setting
def regions(dataset: str, options: RunOptions, **setting: Any) -> None:
    """Where the perturbations fall: activation maps, centre, other networks (Figures 8 and 9)."""
    planned = paper_regions(dataset, **setting)
    table = run_in_terminal(planned, options)
    found = shares_of(table.rows)
    for model in planned.models:
        if model not in found:
            click.echo(f"{model}: none of {planned.images} images fooled")
            continue
        for part, values in asdict(found[model]).items():
            click.echo(f"{model}, {part}: {with_interval(estimate_mean(values))}, n = {len(values)}")
    for overlap in overlaps_of(table.rows):
        click.echo(
            f"{' and '.join(overlap.models)}: shared {with_interval(overlap.shared)}, "
            f"by chance {percent(overlap.chance, 2)}, n = {overlap.n}"
        )


@experiment.command()
@DATASET
@MODELS
@click.option("--images", type=click.IntRange(1), help="Test images.  [default: 40, or all there are]")
@with_run_options
def rounding(dataset: str, models: tuple[str, ...], images: int | None, options: RunOptions) -> None:
    """The same images one by one and in batches: how often the 8-bit image is the same."""
    table = run_in_terminal(usual_rounding(dataset, models, images), options)
    for (model, attack), rows in table.rows.groupby(["model", "attack"], sort=False):
        moved = rows[~rows["same"]]
        text = f"{model}, {attack}: the same 8-bit image for {int(rows['same'].sum())} of {len(rows)}"
        together, alone = rows["pixels"].mean(), rows["pixels_alone"].mean()
        means = f"{together:.1f} pixels in the mean, one by one {alone:.1f}"
        numbers = ", ".join(f"{row.pixels} and {row.pixels_alone}" for row in moved.itertuples())
        click.echo(f"{text}; {means}" + (f"; pixels of the others: {numbers}" if numbers else ""))


def describe(summary: Summary) -> str:
    """Return a summary as one line."""
    pixels, percent, features = summary.pixels, summary.percent, summary.features
    return ", ".join(
        (
            f"fooled {summary.fooled}/{summary.n} = {with_interval(summary.fooling_rate)}",
            f"as 8-bit images {summary.fooled_8bit}/{summary.n}",
            f"median {pixels.value:g} pixels = {percent.value:.2f} %{interval(pixels, 'g', INTERVAL)}, "
            f"{features.value:g} features{interval(features, 'g', INTERVAL)}"
            if summary.fooled
            else "none fooled, so no median of their pixels",
            f"{summary.iterations.value:.1f} iterations",
            f"{summary.forwards.value:.0f} + {summary.backwards.value:.0f} passes",
            f"{summary.planes_behind} planes behind",
            f"{summary.seconds.value:.3g} s per image",
        )
    )


def with_interval(share: Estimate) -> str:
    """Return a share in percent, with its interval."""
    shown = written(share.value, partial(percent, digits=1), "not known")
    return f"{shown}{interval(share.times(100), '.1f', INTERVAL)}"
