"""A search for adversarial images with few changed pixels or features: current images, candidates, passes.

What is counted is a unit: a pixel, with all its channels, or a feature, a single channel value.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import torch
from jaxtyping import Bool, Float, Int64
from torch import Tensor

from sparsefool.attacks.core.criterion import Criterion, are_usable
from sparsefool.attacks.core.events import forward_with_graph, step_event
from sparsefool.classifier import Classifier
from sparsefool.errors import ParameterError
from sparsefool.types import AttackResult, Observer

COUNTS = ("pixels", "features")
"""What a search may keep few."""

Units = Float[Tensor, "m u"]
"""One number for each unit of m images: u is h·w for pixels and c·h·w for features."""


def check_count(count: str) -> None:
    """Raise an error unless pixels or features are to be counted.

    Raises:
        ParameterError: it is another word.
    """
    if count not in COUNTS:
        raise ParameterError(f'count must be "pixels" or "features"; it is {count!r}.')


def check_max_passes(max_passes: int) -> None:
    """Raise an error unless at least one pass is allowed.

    Raises:
        ParameterError: it is not.
    """
    if max_passes < 1:
        raise ParameterError(f"max_passes must be at least 1; it is {max_passes}.")


@dataclass(frozen=True, eq=False)
class Candidates:
    """Variants of some images: units whose rank lies in a window are taken from replacements.

    Attributes:
        owners: for each of the m candidates, which image it is a variant of.
        sources: which of the s sources it is built from.
        first, last: the window of ranks, first ≤ rank < last.
        ranks: the rank of every unit of each source.
        images, replacements: the two images of each source that are combined.
    """

    owners: Int64[Tensor, " m"]
    sources: Int64[Tensor, " m"]
    first: Int64[Tensor, " m"]
    last: Int64[Tensor, " m"]
    ranks: Int64[Tensor, "s u"]
    images: Float[Tensor, "s c h w"]
    replacements: Float[Tensor, "s c h w"]

    def build(self, part: Int64[Tensor, " p"]) -> Float[Tensor, "p c h w"]:
        """Return the candidates at the positions ``part``."""
        sources = self.sources[part]
        ranks = self.ranks[sources]
        inside = (ranks >= self.first[part, None]) & (ranks < self.last[part, None])
        inside = over_channels(inside, self.images)
        return torch.where(inside, self.replacements[sources], self.images[sources])


def over_channels(units: Bool[Tensor, "m u"], images: Float[Tensor, "n c h w"]) -> Bool[Tensor, "m k h w"]:
    """Return a mask of units in a shape that broadcasts over images like these."""
    height, width = images.shape[2:]
    return units.view(len(units), units.shape[1] // (height * width), height, width)


def merge(one: Candidates, other: Candidates) -> Candidates:
    """Return the candidates of both; their owners are positions in the same images."""
    return Candidates(
        owners=torch.cat([one.owners, other.owners]),
        sources=torch.cat([one.sources, other.sources + len(one.ranks)]),
        first=torch.cat([one.first, other.first]),
        last=torch.cat([one.last, other.last]),
        ranks=torch.cat([one.ranks, other.ranks]),
        images=torch.cat([one.images, other.images]),
        replacements=torch.cat([one.replacements, other.replacements]),
    )


@dataclass(frozen=True, eq=False)
class Evaluation:
    """Whether each of m candidates meets the criterion, by which margin, and its logits."""

    fooled: Bool[Tensor, " m"]
    margins: Float[Tensor, " m"]
    logits: Float[Tensor, "m k"]


class PixelSearch:
    """A search for n adversarial images that differ from their originals in few pixels or features.

    Args:
        classifier: the network under attack.
        criterion: what counts as fooled.
        images: the originals.
        adversarial: where the search begins.
        predictions: the network's labels of ``adversarial``.
        batch_size: images in one pass at most.
        observer: called whenever an image is accepted.
        count: what is to be few.
        max_passes: forwards and backwards after which an image is searched no further.

    Attributes:
        images, criterion, count: as given.
        adversarial: the current images.
        predictions: the network's labels of ``adversarial``.
        forwards, backwards: passes spent on each image.
    """

    def __init__(
        self,
        classifier: Classifier,
        criterion: Criterion,
        images: Tensor,
        adversarial: Tensor,
        predictions: Tensor,
        batch_size: int,
        observer: Observer | None,
        count: str,
        max_passes: int,
    ) -> None:
        self.images = images
        self.criterion = criterion
        self.count = count
        self.adversarial = adversarial.clone()
        self.predictions = predictions.clone()
        self.forwards = torch.zeros_like(predictions)
        self.backwards = torch.zeros_like(predictions)
        self._left = torch.full_like(predictions, max_passes)
        self._classifier = classifier
        self._batch_size = batch_size
        self._observer = observer
        self._steps = 0

    def changed(self, rows: Tensor) -> Bool[Tensor, "m u"]:
        """Return the mask of the units that differ from the original."""
        return self.differ(self.adversarial[rows], self.images[rows])

    def differ(self, one: Float[Tensor, "m c h w"], other: Float[Tensor, "m c h w"]) -> Bool[Tensor, "m u"]:
        """Return the mask of the units in which two images differ."""
        differs = one != other
        return (differs.any(1) if self.count == "pixels" else differs).flatten(1)

    def passes_left(self, rows: Tensor) -> Int64[Tensor, " m"]:
        """Return how many passes may still be spent on each of these images; negative if it was too many."""
        return self._left[rows] - self.forwards[rows] - self.backwards[rows]

    def charge(self, passes: Int64[Tensor, " n"]) -> None:
        """Leave each image fewer passes, which were spent on it elsewhere."""
        self._left -= passes

    def units(self, rows: Tensor) -> Int64[Tensor, " m"]:
        """Count the units that differ."""
        return self.changed(rows).sum(1)

    def contributions(self, slopes: Float[Tensor, "m c h w"], changes: Float[Tensor, "m c h w"]) -> Units:
        """Return what changing each unit contributes to first order: a pixel's channels are summed."""
        products = slopes * changes
        return (products.sum(1) if self.count == "pixels" else products).flatten(1)

    def rank(self, rows: Tensor, scores: Units) -> Int64[Tensor, "m u"]:
        """Rank the changed units by rising score, followed by all others."""
        return ranks_of(scores.masked_fill(~self.changed(rows), torch.inf))

    @torch.enable_grad()
    def linearise(
        self, rows: Tensor, images: Float[Tensor, "m c h w"]
    ) -> tuple[Float[Tensor, "m c h w"], Float[Tensor, " m"]]:
        """Return the gradients of the margins, and the margins, of variants of the images at ``rows``."""
        slopes, margins = [], []
        for part, variants in zip(
            torch.split(rows, self._batch_size), torch.split(images, self._batch_size), strict=True
        ):
            points, logits = forward_with_graph(self._classifier, variants)
            margins.append(self.criterion.select(part).margins(logits))
            slopes.append(self._classifier.input_gradient(margins[-1], points))
        self.forwards[rows] += 1
        self.backwards[rows] += 1
        return torch.cat(slopes), torch.cat(margins).detach()

    @torch.no_grad()
    def evaluate(self, rows: Tensor, build: Callable[[Tensor], Tensor]) -> Evaluation:
        """Evaluate one candidate for each of ``rows`` (which may repeat), in batches.

        Args:
            rows: the image that each candidate is a variant of; at least one.
            build: returns the candidates at some positions.
        """
        positions = torch.arange(len(rows), device=rows.device)
        parts = torch.split(positions, self._batch_size)
        logits = torch.cat([self._classifier(build(part)) for part in parts])
        self.forwards += torch.bincount(rows, minlength=len(self.forwards))
        criterion = self.criterion.select(rows)
        fooled = criterion.reached(logits.argmax(1)) & are_usable(logits)
        return Evaluation(fooled, criterion.margins(logits), logits)

    def accept(self, rows: Tensor, images: Tensor, logits: Tensor) -> None:
        """Replace the images at ``rows`` by these, and call the observer."""
        self.adopt(rows, images, logits.argmax(1))
        if self._observer is not None and len(rows) > 0:
            self._steps += 1
            criterion = self.criterion.select(rows)
            self._observer(step_event(self._steps, rows, images, criterion, logits, torch.zeros_like(images)))

    def accept_best(
        self, rows: Tensor, candidates: Candidates, evaluation: Evaluation, *keys: Tensor
    ) -> Bool[Tensor, " m"]:
        """Accept for each image the first, by the keys, of its candidates that fool.

        Args:
            rows: the images; ``candidates.owners`` are positions in them.
            candidates, evaluation: what was tested.
            keys: one number for each candidate; the smallest comes first, and ties are broken by the next
                key.

        Returns:
            The mask of the images for which a candidate was accepted.
        """
        first = first_of_each(candidates.owners, len(rows), (~evaluation.fooled).long(), *keys)
        accepted = torch.cat([evaluation.fooled, evaluation.fooled.new_zeros(1)])[first]
        chosen = first[accepted]
        self.accept(rows[accepted], candidates.build(chosen), evaluation.logits[chosen])
        return accepted

    def adopt(self, rows: Tensor, images: Tensor, predictions: Tensor) -> None:
        """Replace the images at ``rows`` and the network's labels of them."""
        self.adversarial[rows] = images
        self.predictions[rows] = predictions

    def merged_into(self, result: AttackResult, rows: Tensor) -> AttackResult:
        """Return the result with this search's images at ``rows``, and with its passes added."""
        return replace(
            result,
            adversarial=result.adversarial.index_copy(0, rows, self.adversarial[rows]),
            adversarial_labels=result.adversarial_labels.index_copy(0, rows, self.predictions[rows]),
            forwards=result.forwards + self.forwards,
            backwards=result.backwards + self.backwards,
        )


def ranks_of(scores: Units) -> Int64[Tensor, "m u"]:
    """Return the rank of each score in rising order, ties by position; NaN counts as the largest."""
    largest = torch.finfo(scores.dtype).max
    order = scores.nan_to_num(nan=largest, posinf=largest).argsort(dim=1, stable=True)
    places = torch.arange(scores.shape[1], device=scores.device).expand_as(order)
    return torch.empty_like(order).scatter(1, order, places)


def first_of_each(owners: Int64[Tensor, " m"], count: int, *keys: Tensor) -> Int64[Tensor, " n"]:
    """Return for each of ``count`` owners the position of its first entry by the keys; m if it has none.

    Args:
        owners: of the m entries, from 0 to count - 1.
        keys: one number for each entry; ties are broken by the next key.
    """
    order = torch.arange(len(owners), device=owners.device)
    for key in reversed(keys):
        order = order[key[order].argsort(stable=True)]
    places = torch.empty_like(order).scatter(0, order, torch.arange(len(order), device=order.device))
    none = torch.full((count,), len(owners), device=owners.device)
    best = none.scatter_reduce(0, owners, places, "amin")
    return torch.cat([order, none[:1]])[best]
