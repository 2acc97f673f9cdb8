"""``python -m sparsefool evaluate``: measure the shipped weights on the official test images."""

import json
from pathlib import Path

import click

from sparsefool.classifier import Classifier
from sparsefool.cli.terminal import TerminalProgress
from sparsefool.data.datasets import load_dataset
from sparsefool.devices import choose_device
from sparsefool.formats import percent
from sparsefool.paths import WEIGHTS
from sparsefool.training.evaluation import accuracy, robust_accuracy
from sparsefool.training.export import ROBUST_IMAGES
from sparsefool.training.recipes import RECIPES, find_recipe
from sparsefool.zoo.small_networks import find_network
from sparsefool.zoo.sources.shipped_weights import load_shipped, weights_path

_FOLDER = click.Path(file_okay=False, path_type=Path)


@click.command()
@click.argument("names", nargs=-1, type=click.Choice(tuple(RECIPES)))
@click.option(
    "--data", type=_FOLDER, help="Folder with Parquet files.  [default: $SPARSEFOOL_DATA, else download]"
)
@click.option("--weights", type=_FOLDER, default=WEIGHTS, help="Their folder.  [default: assets/weights]")
@click.option("--device", default="auto", show_default=True, help="auto, cpu, cuda, cuda:1, mps.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, and nothing else, on stdout.")
def evaluate(names: tuple[str, ...], data: Path | None, weights: Path, device: str, as_json: bool) -> None:
    """Measure the shipped networks NAMES (all there are, if none is named) on the 10,000 test images.

    Of an adversarially trained network, the accuracy under PGD-20 on the first 1,000 is measured too.
    """
    chosen = names or tuple(name for name in RECIPES if weights_path(name, weights).is_file())
    rows = []
    with TerminalProgress() as progress:
        for done, name in enumerate(chosen):
            progress.report(done, len(chosen), name)
            rows.append(_measure(name, data, weights, device))
            if not as_json:
                click.echo(_line(rows[-1]))
    if as_json:
        click.echo(json.dumps(rows, indent=2))


def _measure(name: str, data: Path | None, weights: Path, device: str) -> dict[str, str | int | float]:
    network = find_network(name)
    classifier = Classifier(load_shipped(name, weights), network.mean, network.std, name=name)
    classifier.to(choose_device(device))
    test = load_dataset(network.dataset, "test", data)
    row: dict[str, str | int | float] = {
        "name": name,
        "accuracy": accuracy(classifier, test.images, test.labels),
        "test_images": len(test),
    }
    if find_recipe(name).attack is not None:
        few = test.images[:ROBUST_IMAGES], test.labels[:ROBUST_IMAGES]
        row |= {"robust_accuracy": robust_accuracy(classifier, *few), "robust_images": len(few[1])}
    return row


def _line(row: dict[str, str | int | float]) -> str:
    right = percent(float(row["accuracy"]), 2)
    text = f"{row['name']}: {right} of {row['test_images']} test images"
    if "robust_accuracy" in row:
        robust = percent(float(row["robust_accuracy"]), 2)
        text += f"; under PGD-20 within 8/255, {robust} of {row['robust_images']}"
    return text
