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
from sparsefool.attacks.pixels.candidates import Candidates, Units, first_of_each, ranks_of
from sparsefool.classifier import Classifier
from sparsefool.types import AttackResult, Observer

PATH_POINTS = 8
"""Points on the path from an original to its present image at which the margin is linearised."""


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
        lower, upper: between which an image may lie.
        adversarial: where the search begins.
        predictions: the network's labels of ``adversarial``.
        batch_size: images in one pass at most.
        observer: called whenever an image is accepted.
        count: what is to be few.
        max_passes: forwards and backwards after which an image is searched no further.

    Attributes:
        classifier, images, lower, upper, criterion, count: as given.
        adversarial: the current images.
        predictions: the network's labels of ``adversarial``.
        forwards, backwards: passes spent on each image.
    """

    def __init__(
        self,
        classifier: Classifier,
        criterion: Criterion,
        images: Tensor,
        lower: Tensor,
        upper: Tensor,
        adversarial: Tensor,
        predictions: Tensor,
        batch_size: int,
        observer: Observer | None,
        count: str,
        max_passes: int,
    ) -> None:
        self.classifier = classifier
        self.images = images
        self.lower = lower
        self.upper = upper
        self.criterion = criterion
        self.count = count
        self.adversarial = adversarial.clone()
        self.predictions = predictions.clone()
        self.forwards = torch.zeros_like(predictions)
        self.backwards = torch.zeros_like(predictions)
        self._left = torch.full_like(predictions, max_passes)
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

    def ends(
        self, rows: Tensor, slopes: Float[Tensor, "m c h w"], now: Float[Tensor, "m c h w"]
    ) -> Float[Tensor, "m c h w"]:
        """Return ``now`` with each value at the end of its range towards which the slope falls."""
        lower, upper = self.lower[rows], self.upper[rows]
        return torch.where(slopes > 0, lower, torch.where(slopes < 0, upper, now))

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
            points, logits = forward_with_graph(self.classifier, variants)
            margins.append(self.criterion.select(part).margins(logits))
            slopes.append(self.classifier.input_gradient(margins[-1], points))
        passes = torch.bincount(rows, minlength=len(self.forwards))
        self.forwards += passes
        self.backwards += passes
        return torch.cat(slopes), torch.cat(margins).detach()

    def linearise_path(self, rows: Tensor) -> tuple[Float[Tensor, "m c h w"], Float[Tensor, " m"]]:
        """Return the gradients of the margins, averaged over the paths from the originals, and the margins.

        Multiplied by the changes they are integrated gradients (Sundararajan, Taly and Yan, ICML 2017), which
        share out the fall of the margin among the changed values. The gradient at the end of the path says
        what the next small step does to each value; to restore one is a large step.
        """
        slopes, margins = [], []
        shares = torch.arange(1, PATH_POINTS + 1, device=rows.device) / PATH_POINTS
        for part in torch.split(rows, max(1, self._batch_size // PATH_POINTS)):
            originals = self.images[part, None]
            path = originals + shares.view(-1, 1, 1, 1) * (self.adversarial[part, None] - originals)
            found, at = self.linearise(part.repeat_interleave(PATH_POINTS), path.flatten(0, 1))
            slopes.append(found.view_as(path).mean(1))
            margins.append(at.view(len(part), PATH_POINTS)[:, -1])
        return torch.cat(slopes), torch.cat(margins)

    @torch.no_grad()
    def evaluate(self, rows: Tensor, build: Callable[[Tensor], Tensor]) -> Evaluation:
        """Evaluate one candidate for each of ``rows`` (which may repeat), in batches.

        Args:
            rows: the image that each candidate is a variant of; at least one.
            build: returns the candidates at some positions.
        """
        positions = torch.arange(len(rows), device=rows.device)
        parts = torch.split(positions, self._batch_size)
        logits = torch.cat([self.classifier(build(part)) for part in parts])
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
