"""``sparsefool experiment moves``: what a moved slider costs."""

from collections.abc import Sequence
from statistics import median

import click

from sparsefool.attacks import GRADIENT_GROWTH
from sparsefool.benchmarks.warm_starts import WarmStartRow, measure_warm_starts
from sparsefool.cli.terminal import TerminalProgress
from sparsefool.data.galleries import load_gallery
from sparsefool.devices import choose_device, device_info
from sparsefool.zoo.loading import load_model
from sparsefool.zoo.specs import find_spec

_MOVES = (
    (1.0, 255.0),
    (2.0, 255.0),
    (3.0, 255.0),
    (5.0, 255.0),
    (10.0, 255.0),
    (3.0, 100.0),
    (3.0, 50.0),
    (3.0, 20.0),
)


@click.command()
@click.argument("model", default="cifar10/resnet18")
@click.option(
    "--images", "n", type=click.IntRange(1, 20), default=20, show_default=True, help="Of the gallery."
)
@click.option(
    "--move", "moves", type=(float, float), multiple=True, default=_MOVES, help="λ and δ; again for more."
)
@click.option("--device", default="auto", show_default=True, help="auto, cpu, cuda, cuda:1, mps.")
def moves(model: str, n: int, moves: tuple[tuple[float, float], ...], device: str) -> None:
    """Count the passes of an attack on MODEL whose first linearisation is known, as on the Attack page."""
    chosen, spec = choose_device(device), find_spec(model)
    classifier = load_model(model, str(chosen))
    images = load_gallery(spec.dataset, spec.input_size).images[:n]
    with TerminalProgress() as progress:
        rows = measure_warm_starts(classifier, images.to(chosen), moves, GRADIENT_GROWTH, progress.report)
    click.echo("\n".join([*map(_line, rows), _all_moves(rows)]))
    click.echo(f"{classifier.name}, {len(images)} images one by one, {device_info(chosen)}")


def _line(row: WarmStartRow) -> str:
    return (
        f"λ = {row.lambda_:g}, δ = {row.delta:g}: median passes {row.full:g} with all candidate "
        f"classes, {row.cold:g} with some skipped, {row.warm:g} once the first linearisation is known "
        f"({median(row.warm_over_full):.2f} and {median(row.warm_over_cold):.2f} times); "
        f"same image {row.same}/{row.n}"
    )


def _all_moves(rows: Sequence[WarmStartRow]) -> str:
    over_full = median(ratio for row in rows for ratio in row.warm_over_full)
    over_cold = median(ratio for row in rows for ratio in row.warm_over_cold)
    return f"all moves and images: {over_full:.2f} and {over_cold:.2f} times in the median"
