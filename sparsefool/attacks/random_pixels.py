"""Random noise of a given size, the baseline that a sparse attack has to beat (Section 4.2)."""

from collections.abc import Sequence

import torch
from jaxtyping import Float, Int64
from torch import Tensor

from sparsefool.attacks.core.entry import attack
from sparsefool.attacks.core.events import step_event
from sparsefool.attacks.core.random import integers, uniform
from sparsefool.attacks.core.state import AttackState
from sparsefool.classifier import Classifier
from sparsefool.errors import ParameterError
from sparsefool.types import AttackResult, Observer


@attack
def random_pixels(
    classifier: Classifier,
    images: Float[Tensor, "n c h w"],
    labels: Int64[Tensor, " n"] | None = None,
    *,
    counts: int | Sequence[int] = 10,
    target: int | Tensor | None = None,
    generator: torch.Generator | None = None,
    observer: Observer | None = None,
) -> AttackResult:
    """Set random values to 0 or 255, once (the baseline of the SparseFool paper, Section 4.2).

    In every colour channel of every image, independently, ``counts`` elements are chosen without replacement,
    and each is set to 0 or 255 with equal probability. An element may have had that value already, so fewer
    may change. The paper's counts are SparseFool's medians of changed elements per channel.

    Args:
        classifier: the network under attack.
        images: in [0, 1], on the classifier's device.
        labels: classes to leave; the network's own predictions if None.
        counts: elements per channel, 0 to h·w: a number for all channels or one per channel.
        target: a class, or one per image, that counts as success; None for any class but the label.
        generator: makes the draws repeatable; torch's default if None.
        observer: called once.

    Raises:
        ParameterError: an argument has the wrong shape or range.

    Example:
        >>> counts = [round(median) for median in sparsefool_medians_per_channel]
        >>> random_pixels(classifier, images, counts=counts).success.float().mean()
    """
    limits = _per_channel(counts, images)
    with torch.no_grad():
        logits = classifier(images)
    state = AttackState.from_logits(images, logits, labels, target)
    rows = state.unfinished()
    if len(rows) == 0:
        return state.result()
    originals = images[rows]
    chosen = _choose(originals, limits, generator)
    extremes = integers(2, originals.shape, images.device, generator).to(images.dtype)
    tested = torch.where(chosen, extremes, originals)
    with torch.no_grad():
        logits = classifier(tested)
    state.record_iteration(rows, 1)
    state.record_test(rows, tested, logits)
    if observer is not None:
        criterion = state.criterion.select(rows)
        observer(step_event(1, rows, tested, criterion, logits, torch.zeros_like(tested)))
    return state.result()


def _per_channel(counts: int | Sequence[int], images: Tensor) -> Tensor:
    """Return the counts as a tensor [c, 1], checked against the size of a channel."""
    channels, elements = images.shape[1], images.shape[2] * images.shape[3]
    given = [counts] * channels if isinstance(counts, int) else list(counts)
    if len(given) != channels or min(given) < 0 or max(given) > elements:
        raise ParameterError(
            f"counts must be a whole number from 0 to {elements}, or one for each of {channels} channel(s); "
            f"it is {counts}."
        )
    return torch.tensor(given, device=images.device)[:, None]


def _choose(images: Tensor, limits: Tensor, generator: torch.Generator | None) -> Tensor:
    """Return a mask with as many random elements in each channel as its limit."""
    n, c, h, w = images.shape
    order = uniform((n, c, h * w), images.device, generator).argsort(dim=2)
    early = (torch.arange(h * w, device=images.device) < limits).expand(n, c, h * w)
    return torch.zeros_like(early).scatter(2, order, early).view(images.shape)
