"""The passes of an attack at another λ or δ, once its first linearisation is known."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

import torch
from jaxtyping import Float
from torch import Tensor

from sparsefool.attacks import Boundary, find_boundary, round_to_8_bits, sparsefool
from sparsefool.benchmarks.speed import OnProgress
from sparsefool.classifier import Classifier


@dataclass(frozen=True)
class WarmStartRow:
    """The cost at one λ and δ; passes are forwards and backwards together, of one image.

    Attributes:
        lambda_, delta: as in :func:`sparsefool.attacks.sparsefool`.
        full: median passes of a cold start that computes every gradient, as in the paper.
        cold: median passes of a cold start that skips gradients by ``max_gradient_growth``.
        warm: median passes of a warm start, from the first linearisation; it skips gradients too.
        warm_over_full, warm_over_cold: ratios of the passes, one for each image.
        same: images for which both starts give the same adversarial image, rounded to 8 bits.
        n: images.
    """

    lambda_: float
    delta: float
    full: float
    cold: float
    warm: float
    warm_over_full: tuple[float, ...]
    warm_over_cold: tuple[float, ...]
    same: int
    n: int


@dataclass(frozen=True)
class _Passes:
    full: int
    cold: int
    warm: int
    same: bool


def measure_warm_starts(
    classifier: Classifier,
    images: Float[Tensor, "n c h w"],
    settings: Sequence[tuple[float, float]],
    max_gradient_growth: float,
    on_progress: OnProgress = lambda *_: None,
) -> list[WarmStartRow]:
    """Attack each image alone with each λ and δ, computing every gradient and skipping some.

    Args:
        classifier: the network.
        images: in [0, 1], on its device.
        settings: pairs of λ and δ.
        max_gradient_growth: as in :func:`sparsefool.attacks.find_boundary`.
        on_progress: called with the number of attacks done, the number in all, and what comes next.
    """
    spreads = math.inf, max_gradient_growth
    boundaries = [
        [find_boundary(classifier, image[None], max_gradient_growth=spread) for spread in spreads]
        for image in images
    ]
    rows, total = [], len(settings) * len(images)
    for number, (lambda_, delta) in enumerate(settings):
        counts = []
        for at, (image, known) in enumerate(zip(images, boundaries, strict=True)):
            done = number * len(images) + at
            on_progress(done, total, f"λ = {lambda_:g}, δ = {delta:g}")
            counts.append(_count_passes(classifier, image[None], lambda_, delta, spreads, known))
        rows.append(_row(lambda_, delta, counts))
    return rows


def _count_passes(
    classifier: Classifier,
    image: Tensor,
    lambda_: float,
    delta: float,
    spreads: tuple[float, float],
    boundaries: Sequence[Boundary],
) -> _Passes:
    """Attack an image from both of its known boundaries; a cold start also has to find its boundary."""
    results = [
        sparsefool(
            classifier,
            image,
            lambda_=lambda_,
            delta=delta,
            max_gradient_growth=spread,
            first_boundary=boundary,
        )
        for spread, boundary in zip(spreads, boundaries, strict=True)
    ]
    finding = [int(boundary.forwards + boundary.backwards) for boundary in boundaries]
    attacking = [int(result.forwards + result.backwards) for result in results]
    in_8_bits = [round_to_8_bits(each.images, each.adversarial, delta)[1] for each in results]
    return _Passes(
        full=finding[0] + attacking[0],
        cold=finding[1] + attacking[1],
        warm=attacking[1],
        same=torch.equal(*in_8_bits),
    )


def _row(lambda_: float, delta: float, counts: Sequence[_Passes]) -> WarmStartRow:
    return WarmStartRow(
        lambda_,
        delta,
        full=median(each.full for each in counts),
        cold=median(each.cold for each in counts),
        warm=median(each.warm for each in counts),
        warm_over_full=tuple(each.warm / each.full for each in counts),
        warm_over_cold=tuple(each.warm / each.cold for each in counts),
        same=sum(each.same for each in counts),
        n=len(counts),
    )
