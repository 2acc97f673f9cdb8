"""What it costs to move λ or δ after a first result, when the first linearisation is known already."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

import torch
from jaxtyping import Float
from torch import Tensor

from sparsefool.attacks import find_boundary, round_to_8_bits, sparsefool
from sparsefool.benchmarks.speed import OnProgress
from sparsefool.classifier import Classifier


@dataclass(frozen=True)
class WarmStartRow:
    """One λ and δ to which a person moves; passes are forwards and backwards together, of one image.

    Attributes:
        lambda_, delta: as in :func:`sparsefool.attacks.sparsefool`.
        every: median passes of a fresh attack that looks at every rival, as in the paper.
        fresh: the same of one that spares rivals by ``gradient_spread``.
        moved: the same of one that knows the first linearisation too.
        shares: for each image, ``moved`` in ``every``.
        shares_of_fresh: for each image, ``moved`` in ``fresh``.
        same: images on which all end in the same adversarial image, rounded to 8 bits.
        n: images.
    """

    lambda_: float
    delta: float
    every: float
    fresh: float
    moved: float
    shares: tuple[float, ...]
    shares_of_fresh: tuple[float, ...]
    same: int
    n: int


def measure_warm_starts(
    classifier: Classifier,
    images: Float[Tensor, "n c h w"],
    moves: Sequence[tuple[float, float]],
    gradient_spread: float,
    on_progress: OnProgress = lambda *_: None,
) -> list[WarmStartRow]:
    """Attack each image alone with each λ and δ, looking at every rival and sparing some.

    Args:
        classifier: the network.
        images: in [0, 1], on its device.
        moves: pairs of λ and δ.
        gradient_spread: as in :func:`sparsefool.attacks.find_boundary`.
        on_progress: told how many of how many attacks are done, and what comes.
    """
    spreads = math.inf, gradient_spread
    firsts = [
        [find_boundary(classifier, image[None], gradient_spread=each) for each in spreads] for image in images
    ]
    rows = []
    for number, (lambda_, delta) in enumerate(moves):
        counts, same = [], 0
        for at, (image, boundaries) in enumerate(zip(images, firsts, strict=True)):
            done = number * len(images) + at
            on_progress(done, len(moves) * len(images), f"λ = {lambda_:g}, δ = {delta:g}")
            results = [
                sparsefool(
                    classifier,
                    image[None],
                    lambda_=lambda_,
                    delta=delta,
                    gradient_spread=spread,
                    first_boundary=boundary,
                )
                for spread, boundary in zip(spreads, boundaries, strict=True)
            ]
            first = [int(boundary.forwards + boundary.backwards) for boundary in boundaries]
            later = [int(result.forwards + result.backwards) for result in results]
            counts.append((first[0] + later[0], first[1] + later[1], later[1]))
            images_8bit = [round_to_8_bits(each.images, each.adversarial, delta)[1] for each in results]
            same += torch.equal(*images_8bit)
        every, fresh, moved = ([count[at] for count in counts] for at in range(3))
        rows.append(
            WarmStartRow(
                lambda_,
                delta,
                every=median(every),
                fresh=median(fresh),
                moved=median(moved),
                shares=tuple(now / before for now, before in zip(moved, every, strict=True)),
                shares_of_fresh=tuple(now / before for now, before in zip(moved, fresh, strict=True)),
                same=same,
                n=len(images),
            )
        )
    return rows
