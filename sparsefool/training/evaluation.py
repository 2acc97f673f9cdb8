"""Accuracy of a network on 8-bit images, clean and under projected gradient descent."""

from collections.abc import Iterator

import torch
from jaxtyping import Int64, UInt8
from torch import Tensor

from sparsefool.classifier import Classifier
from sparsefool.errors import ModelError, ParameterError
from sparsefool.training.adversarial import PGD_20, LinfAttack, perturb, random_start


def accuracy(
    classifier: Classifier,
    images: UInt8[Tensor, "n c h w"],
    labels: Int64[Tensor, " n"],
    batch_size: int = 500,
) -> float:
    """Return the fraction, in [0, 1], of images whose label the classifier predicts.

    Raises:
        ParameterError: there are no images.
        ModelError: a logit is not finite.
    """
    correct = 0
    with torch.inference_mode():
        for points, truth in _batches(classifier, images, labels, batch_size):
            correct += _count_correct(classifier, points, truth)
    return correct / len(labels)


def robust_accuracy(
    classifier: Classifier,
    images: UInt8[Tensor, "n c h w"],
    labels: Int64[Tensor, " n"],
    attack: LinfAttack = PGD_20,
    batch_size: int = 250,
    seed: int = 0,
) -> float:
    """Return the fraction, in [0, 1], of images whose label is still predicted after ``attack``.

    The attack begins once, from a random start that the seed decides.

    Raises:
        ParameterError: there are no images.
        ModelError: a logit is not finite.
    """
    generator = torch.Generator(classifier.device).manual_seed(seed)
    correct = 0
    for points, truth in _batches(classifier, images, labels, batch_size):
        attacked = perturb(classifier, points, random_start(points, attack, generator), truth, attack)
        with torch.inference_mode():
            correct += _count_correct(classifier, attacked, truth)
    return correct / len(labels)


def _batches(
    classifier: Classifier, images: Tensor, labels: Tensor, batch_size: int
) -> Iterator[tuple[Tensor, Tensor]]:
    if not len(labels):
        raise ParameterError("An accuracy needs at least one image; there are none.")
    for first in range(0, len(labels), batch_size):
        rows = slice(first, first + batch_size)
        yield images[rows].to(classifier.device).float() / 255, labels[rows].to(classifier.device)


def _count_correct(classifier: Classifier, points: Tensor, truth: Tensor) -> int:
    logits = classifier(points)
    if not bool(torch.isfinite(logits).all()):
        raise ModelError(f"{classifier.name} returned a logit that is not finite: its weights are damaged.")
    return int((logits.argmax(dim=1) == truth).sum())
