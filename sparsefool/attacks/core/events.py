"""What the iterations of several attacks share: a forward that can be differentiated, and the event."""

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
    """Return a copy of the images that requires a gradient, and its logits with the graph."""
    points = images.detach().clone().requires_grad_()
    return points, classifier(points)


def as_column(values: Shaped[Tensor, " n"]) -> Shaped[Tensor, "n 1 1 1"]:
    """Shape one value per image so that it multiplies images."""
    return values.view(-1, 1, 1, 1)


def mark_dead_ends(
    outcomes: Int64[Tensor, " n"],
    rows: Int64[Tensor, " m"],
    reachable: Bool[Tensor, " m"],
    finite: Bool[Tensor, " m"],
) -> Bool[Tensor, " m"]:
    """Write why some rows cannot go on, and return the mask of those that can."""
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
    """Describe an iteration that has no boundary point of its own: the images tested stand in for it.

    Args:
        iteration: 1 for the first.
        rows: positions of the m images in the batch.
        tested: the images tested.
        criterion: the criterion of these m images.
        logits: the logits of ``tested``.
        normals: the direction that was followed; zero where there is none.
    """
    runner_ups = criterion.runner_up(logits)
    return StepEvent(iteration, rows, tested, criterion.labels, runner_ups, logits, tested, normals)


def renumbered(observer: Observer | None, rows: Int64[Tensor, " m"]) -> Observer | None:
    """Let events about the images at ``rows`` speak of their positions in the whole batch."""
    if observer is None:
        return None
    return lambda event: observer(replace(event, rows=rows[event.rows]))
