"""The end of a training: the weights are written and measured, and a model card says what they reach."""

import platform
from dataclasses import asdict
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Int64, UInt8
from torch import Tensor

from sparsefool.classifier import Classifier
from sparsefool.devices import device_info
from sparsefool.errors import ModelError
from sparsefool.paths import WEIGHTS
from sparsefool.training.evaluation import accuracy, robust_accuracy
from sparsefool.training.recipes import Recipe
from sparsefool.training.trainer import TrainingRun
from sparsefool.zoo.sources.shipped_weights import (
    ModelCard,
    load_weights,
    weights_path,
    write_card,
    write_weights,
)

ROBUST_IMAGES = 1000


def export_network(
    name: str,
    run: TrainingRun,
    images: UInt8[Tensor, "n c h w"],
    labels: Int64[Tensor, " n"],
    folder: Path = WEIGHTS,
) -> ModelCard:
    """Write the averaged weights of a finished run, and a card with the accuracy of the written file.

    Args:
        name: the name of the network.
        run: the finished run.
        images, labels: the official test images.
        folder: where the weights and the card are written.

    Raises:
        ModelError: the run is not finished, or its weights do not fit into fp16.
    """
    if not run.finished:
        raise ModelError(f"{name} is trained for {run.steps} of {run.total_steps} steps: finish it first.")
    sha256 = write_weights(weights_path(name, folder), run.averaged)
    written = load_weights(name, sha256, folder).to(memory_format=torch.channels_last)
    classifier = Classifier(written, run.network.mean, run.network.std, name=name).to(run.device)
    robust_labels = labels[: ROBUST_IMAGES if run.recipe.attack else 0]
    card = ModelCard(
        name=name,
        sha256=sha256,
        accuracy=accuracy(classifier, images, labels),
        test_images=len(labels),
        robust_accuracy=(
            robust_accuracy(classifier, images[:ROBUST_IMAGES], robust_labels) if run.recipe.attack else None
        ),
        robust_images=len(robust_labels),
        training=describe_training(run.recipe),
        epochs=run.recipe.epochs,
        seed=run.seed,
        seconds=round(run.seconds, 1),
        device=str(device_info(run.device)),
        versions={"python": platform.python_version(), "torch": torch.__version__, "numpy": np.__version__},
        recipe=asdict(run.recipe) | {"sizes": list(run.recipe.sizes)},
        history=[asdict(report) for report in run.reports],
    )
    write_card(card, folder)
    return card


def describe_training(recipe: Recipe) -> str:
    """Return in words what a recipe trains against, and which weights it starts from."""
    beginning = f", from the weights of {recipe.start_from}" if recipe.start_from else ""
    if recipe.attack is None:
        return f"ordinary{beginning}"
    radius = f"l-infinity, epsilon {recipe.attack.epsilon * 255:g}/255"
    steps = recipe.attack.steps
    against = "single step with a random start" if steps == 1 else f"PGD-{steps}"
    return f"adversarial: {against}, {radius}{beginning}"
