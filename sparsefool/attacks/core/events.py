"""What the iterations of several attacks share: a differentiable forward pass, dead ends, step events."""

from dataclasses import replace

import torch
from jaxtyping import Bool, Float, Int64, Shaped
from torch import Tensor

from sparsefool.attacks.core.criterion import Criterion
from sparsefool.classifier import Classifier
from sparsefool.types import Observer, Outcome, StepEvent


@torch.enable_grad()
def forward_with_graph(
    classifier: Classifier, images: Float[Tensor, "n c h w"]
) -> tuple[Float[Tensor, "n c h w"], Float[Tensor, "n k"]]:
    """Return a copy of the images that requires gradients, and its logits with their graph."""
    points = images.detach().clone().requires_grad_()
    return points, classifier(points)


def as_column(values: Shaped[Tensor, " n"]) -> Shaped[Tensor, "n 1 1 1"]:
    """Return one value per image in a shape that broadcasts over images."""
    return values.view(-1, 1, 1, 1)


def mark_dead_ends(
    outcomes: Int64[Tensor, " n"],
    rows: Int64[Tensor, " m"],
    reachable: Bool[Tensor, " m"],
    finite: Bool[Tensor, " m"],
) -> Bool[Tensor, " m"]:
    """Write into ``outcomes`` why some rows cannot continue, and return the mask of those that can."""
    outcomes[rows[~reachable]] = int(Outcome.GRADIENT_VANISHED)
    outcomes[rows[~finite]] = int(Outcome.NOT_FINITE)
    return reachable & finite


def step_event(
    iteration: int,
    rows: Int64[Tensor, " m"],
    tested: Float[Tensor, "m c h w"],
    criterion: Criterion,
    logits: Float[Tensor, "m k"],
    normals: Float[Tensor, "m c h w"],
) -> StepEvent:
    """Return the event of an iteration without a boundary point: the images tested stand in for it.

    Args:
        iteration: 1 for the first.
        rows: positions of the m images in the batch.
        tested: the images tested.
        criterion: the criterion of these m images.
        logits: the logits of ``tested``.
        normals: the directions that were followed; zero where there is none.
    """
    runner_ups = criterion.runner_up(logits)
    return StepEvent(iteration, rows, tested, criterion.labels, runner_ups, logits, tested, normals)


def renumbered(observer: Observer | None, rows: Int64[Tensor, " m"]) -> Observer | None:
    """Return an observer of an attack on the images at ``rows`` that is told positions in the whole batch."""
    if observer is None:
        return None
    return lambda event: observer(replace(event, rows=rows[event.rows]))
