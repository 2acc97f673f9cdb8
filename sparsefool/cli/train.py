"""``python -m sparsefool train``: train one of the small networks and ship its weights."""

from dataclasses import replace
from pathlib import Path

import click

from sparsefool.cli.terminal import TerminalProgress, resumable
from sparsefool.data.datasets import LabelledImages, load_dataset
from sparsefool.devices import choose_device
from sparsefool.formats import percent
from sparsefool.paths import RUNS, WEIGHTS
from sparsefool.training.checkpoints import checkpoint_path, train_to_end
from sparsefool.training.export import export_network
from sparsefool.training.recipes import RECIPES, Recipe, find_recipe
from sparsefool.training.trainer import TrainingRun
from sparsefool.training.validation import EpochReport
from sparsefool.zoo.small_networks import find_network
from sparsefool.zoo.sources.shipped_weights import ModelCard, load_shipped, weights_path

_FOLDER = click.Path(file_okay=False, path_type=Path)


@click.command()
@click.argument("name", type=click.Choice(tuple(RECIPES)))
@click.option(
    "--data", type=_FOLDER, help="Folder with Parquet files.  [default: $SPARSEFOOL_DATA, else download]"
)
@click.option("--runs", type=_FOLDER, default=RUNS, help="Folder for checkpoints.  [default: runs]")
@click.option(
    "--out", type=_FOLDER, default=WEIGHTS, help="Folder for the weights.  [default: assets/weights]"
)
@click.option("--device", default="auto", show_default=True, help="auto, cpu, cuda, cuda:1, mps.")
@click.option("--seed", default=0, show_default=True, help="Of the first weights and of every random choice.")
@click.option("--epochs", type=click.IntRange(1), help="That many epochs, all at the full image size.")
@click.option(
    "--attack-steps", type=click.IntRange(1), help="Adversarial training: steps of the attack (7: PGD-7)."
)
@click.option("--peak-lr", type=click.FloatRange(0, min_open=True), help="The highest learning rate.")
@click.option(
    "--start-from", type=click.Choice(tuple(RECIPES)), help="Begin with the shipped weights of this network."
)
@click.option("--fresh", is_flag=True, help="Start anew even where there is a checkpoint.")
def train(
    name: str,
    data: Path | None,
    runs: Path,
    out: Path,
    device: str,
    seed: int,
    epochs: int | None,
    attack_steps: int | None,
    peak_lr: float | None,
    start_from: str | None,
    fresh: bool,
) -> None:
    """Train the network NAME, write its weights and their model card.

    A training that was cut off goes on exactly where it was: give the same command again.
    """
    recipe = _adapt(find_recipe(name), epochs, attack_steps, peak_lr, start_from)
    network, place = find_network(name), choose_device(device)
    training, test = (load_dataset(network.dataset, split, data) for split in ("train", "test"))
    checkpoint = checkpoint_path(runs, name)
    if fresh:
        checkpoint.unlink(missing_ok=True)
    start = load_shipped(recipe.start_from) if recipe.start_from else None
    run = TrainingRun(network, recipe, training.images, training.labels, place, seed, start)
    again = "the same command, without --fresh," if fresh else "the same command"
    with resumable(again), TerminalProgress() as progress:
        train_to_end(run, checkpoint, lambda state, report: _show(progress, state, report))
    click.echo(f"Measuring on {len(test)} test images ...", err=True)
    click.echo(_describe(_ship(name, run, test, out), out))


def _adapt(
    recipe: Recipe,
    epochs: int | None,
    attack_steps: int | None,
    peak_lr: float | None,
    start_from: str | None,
) -> Recipe:
    if epochs is not None:
        recipe = recipe.with_epochs(epochs)
    if attack_steps is not None:
        recipe = recipe.with_attack_steps(attack_steps)
    return replace(recipe, peak_lr=peak_lr or recipe.peak_lr, start_from=start_from or recipe.start_from)


def _ship(name: str, run: TrainingRun, test: LabelledImages, out: Path) -> ModelCard:
    return export_network(name, run, test.images, test.labels, out)


def _show(progress: TerminalProgress, run: TrainingRun, report: EpochReport | None) -> None:
    epoch = -(-run.steps // run.steps_per_epoch)
    left = run.seconds / run.steps * (run.total_steps - run.steps) / 60
    text = f"epoch {epoch} of {run.recipe.epochs}, loss {run.mean_loss:.3f}, about {left:.0f} min left"
    progress.report(run.steps, run.total_steps, text)
    if report is not None:
        click.echo(_epoch_line(report))


def _epoch_line(report: EpochReport) -> str:
    parts = [
        f"epoch {report.epoch} at {report.size} px: loss {report.loss:.3f}",
        f"training accuracy {percent(report.train_accuracy, 2)}",
    ]
    if report.held_out_accuracy is not None:
        parts.append(f"held out {percent(report.held_out_accuracy, 2)}")
    if report.held_out_pgd_accuracy is not None:
        parts.append(f"under PGD-10 {percent(report.held_out_pgd_accuracy, 2)}")
    return ", ".join([*parts, f"{report.seconds:.0f} s so far"])


def _describe(card: ModelCard, out: Path) -> str:
    lines = [f"{card.name}: {percent(card.accuracy, 2)} of {card.test_images} test images"]
    if card.robust_accuracy is not None:
        lines.append(f"under PGD-20 within 8/255: {percent(card.robust_accuracy, 2)} of {card.robust_images}")
    return "\n".join([*lines, f"Written to {weights_path(card.name, out)}"])
