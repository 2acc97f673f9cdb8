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
    counts: int | Sequence[int] | Int64[Tensor, "n c"] = 10,
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
        counts: elements per channel, 0 to h·w: a number for all channels, one per channel, or a tensor with
            one per image and channel.
        target: a class, or one per image, that counts as success; None for any class but the label.
        generator: makes the draws repeatable; torch's default if None.
        observer: called once.

    Raises:
        ParameterError: an argument has the wrong shape or range.

    Example:
        >>> counts = [round(median) for median in sparsefool_medians_per_channel]
        >>> random_pixels(classifier, images, counts=counts).success.float().mean()
    """
    limits = _limits(counts, images)
    with torch.no_grad():
        logits = classifier(images)
    state = AttackState.from_logits(images, logits, labels, target)
    rows = state.unfinished()
    if len(rows) == 0:
        return state.result()
    originals = images[rows]
    chosen = _choose(originals, limits[rows], generator)
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


def _limits(counts: int | Sequence[int] | Tensor, images: Tensor) -> Int64[Tensor, "n c"]:
    """Return the counts of each image and channel, checked against the size of a channel."""
    n, channels, elements = images.shape[0], images.shape[1], images.shape[2] * images.shape[3]
    given = torch.as_tensor(counts, device=images.device)
    fits = given.shape in ((), (channels,), (n, channels)) and not given.is_floating_point()
    if not fits or (given.numel() and not 0 <= int(given.min()) <= int(given.max()) <= elements):
        raise ParameterError(
            f"counts must be a whole number from 0 to {elements}, one for each of {channels} channel(s), or "
            f"one for each image and channel; it is {counts}."
        )
    return given.expand(n, channels)


def _choose(images: Tensor, limits: Tensor, generator: torch.Generator | None) -> Tensor:
    """Return a mask with as many random elements in each channel of each image as its limit."""
    n, c, h, w = images.shape
    order = uniform((n, c, h * w), images.device, generator).argsort(dim=2)
    early = torch.arange(h * w, device=images.device) < limits[:, :, None]
    return torch.zeros_like(early).scatter(2, order, early).view(images.shape)
