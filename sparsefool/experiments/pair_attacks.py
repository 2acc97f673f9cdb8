"""SparseFool on one image with many pairs of λ and δ at once, and a row of numbers for each pair."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

import torch
from jaxtyping import Float
from torch import Tensor

from sparsefool.attacks import GRADIENT_GROWTH, Boundary, check_8_bit, sparsefool
from sparsefool.classifier import Classifier
from sparsefool.similarity import psnr, ssim
from sparsefool.types import AttackResult, Observer, StepEvent

if TYPE_CHECKING:
    import pandas as pd

Pairs = Sequence[tuple[float, float]]
"""Pairs of λ and δ."""

PIXELS_AT_ONCE = 12 * 299 * 299
"""Pixels of all images of a batch together: what a gigabyte or two hold for the networks of the zoo."""


def batches(pairs: Pairs, pixels: int) -> Sequence[Pairs]:
    """Return pairs in as few batches as memory allows, for an image of so many pixels."""
    at_once = max(1, PIXELS_AT_ONCE // pixels)
    return [pairs[first : first + at_once] for first in range(0, len(pairs), at_once)]


def attack_grid(
    classifier: Classifier,
    image: Float[Tensor, "1 c h w"],
    pairs: Pairs,
    boundary: Boundary,
    *,
    max_iter: int,
    num_candidates: int,
    observer: Observer,
    check: Callable[[], object],
) -> AttackResult:
    """Attack an image with each of m pairs of λ and δ in one batch.

    Args:
        classifier: the network.
        image: in [0, 1], on its device.
        pairs: λ and δ of each attack.
        boundary: the image's first linearisation, whose passes are not counted again.
        max_iter, num_candidates: as in :func:`sparsefool.attacks.sparsefool`.
        observer: called after each outer iteration.
        check: called after every step; what it raises ends the attacks.
    """

    def observe(event: StepEvent) -> None:
        check()
        observer(event)

    rows = torch.zeros(len(pairs), dtype=torch.int64, device=image.device)
    values = torch.tensor(pairs, dtype=image.dtype, device=image.device)
    return sparsefool(
        classifier,
        image[rows],
        lambda_=values[:, 0],
        delta=values[:, 1],
        max_iter=max_iter,
        num_candidates=num_candidates,
        max_gradient_growth=GRADIENT_GROWTH,
        first_boundary=boundary.select(rows),
        observer=observe,
        boundary_observer=lambda _: check(),
    )


def pair_rows(classifier: Classifier, result: AttackResult, pairs: Pairs) -> "pd.DataFrame":
    """Return a row for each of m pairs of λ and δ: its 8-bit image, what the network sees in it, and SSIM.

    Args:
        classifier: the network, for the 8-bit check.
        result: of :func:`attack_grid`.
        pairs: λ and δ of each of its images.
    """
    import pandas as pd

    deltas = torch.tensor([delta for _, delta in pairs], device=result.images.device)
    check = check_8_bit(classifier, result, deltas)
    probabilities = check.logits.detach().double().softmax(1)
    columns: Mapping[str, Tensor] = {
        "fooling_label_8bit": check.labels,
        "fooling_confidence": probabilities.amax(1),
        "success": result.success,
        "success_8bit": check.success,
        "ssim": ssim(check.originals, check.images),
        "psnr": psnr(check.originals, check.images),
        "iterations": result.iterations,
        "forwards": result.forwards,
        "backwards": result.backwards,
    }
    rows = pd.DataFrame({name: column.detach().cpu().numpy() for name, column in columns.items()})
    rows.insert(0, "delta", [delta for _, delta in pairs])
    rows.insert(0, "lambda_", [lambda_ for lambda_, _ in pairs])
    levels = (255 * check.images).round().to(torch.uint8).flatten(1).cpu()
    moved = (check.images != check.originals).flatten(1).cpu()
    rows["changed_at"] = [each.nonzero()[:, 0].int().numpy() for each in moved]
    rows["changed_to"] = [values[each].numpy() for values, each in zip(levels, moved, strict=True)]
    return rows
