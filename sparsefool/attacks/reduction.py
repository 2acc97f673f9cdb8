"""The state of a reduction: the images as they are now, the candidates for their place, the passes spent."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float, Int64
from torch import Tensor

from sparsefool.attacks.goal import Goal
from sparsefool.attacks.steps import forward_with_graph, step_event
from sparsefool.classifier import Classifier
from sparsefool.metrics import pixels_changed
from sparsefool.types import Observer

Pixels = Float[Tensor, "m hw"]


@dataclass(frozen=True, eq=False)
class Candidates:
    """Variants of some images: pixels whose rank lies in a window are taken from replacements.

    Attributes:
        owners: for each of the m candidates, which image it is a variant of.
        first, last: the window of ranks, first ≤ rank < last.
        ranks: the rank of every pixel of every image.
        images, replacements: what the candidates are put together from.
    """

    owners: Int64[Tensor, " m"]
    first: Int64[Tensor, " m"]
    last: Int64[Tensor, " m"]
    ranks: Int64[Tensor, "n hw"]
    images: Float[Tensor, "n c h w"]
    replacements: Float[Tensor, "n c h w"]

    def build(self, part: Int64[Tensor, " p"]) -> Float[Tensor, "p c h w"]:
        """Put the candidates at the positions ``part`` together."""
        owners = self.owners[part]
        ranks = self.ranks[owners]
        inside = (ranks >= self.first[part, None]) & (ranks < self.last[part, None])
        inside = inside.view(-1, 1, *self.images.shape[2:])
        return torch.where(inside, self.replacements[owners], self.images[owners])


@dataclass(frozen=True, eq=False)
class Verdicts:
    """What the network says of candidates: whether they reach the goal, by which margin, and its logits."""

    fooled: Bool[Tensor, " m"]
    margins: Float[Tensor, " m"]
    logits: Float[Tensor, "m k"]


class Reduction:
    """The growing result of a reduction of n fooled images.

    Attributes:
        images: the originals.
        adversarial: the images as they are now; each has been found to reach the goal.
        predictions: the network's labels of ``adversarial``.
        forwards, backwards: passes spent on each image.
    """

    def __init__(
        self,
        classifier: Classifier,
        goal: Goal,
        images: Tensor,
        adversarial: Tensor,
        predictions: Tensor,
        batch_size: int,
        observer: Observer | None,
    ) -> None:
        self.images = images
        self.adversarial = adversarial.clone()
        self.predictions = predictions.clone()
        self.forwards = torch.zeros_like(predictions)
        self.backwards = torch.zeros_like(predictions)
        self._classifier = classifier
        self._goal = goal
        self._batch_size = batch_size
        self._observer = observer
        self._steps = 0

    def changed(self, rows: Tensor) -> Bool[Tensor, "m hw"]:
        """Say which pixels differ from the original in any channel."""
        return (self.adversarial[rows] != self.images[rows]).any(1).flatten(1)

    def pixels(self, rows: Tensor) -> Int64[Tensor, " m"]:
        """Count the pixels that differ."""
        return pixels_changed(self.images[rows], self.adversarial[rows])

    def rank(self, rows: Tensor, scores: Pixels) -> Int64[Tensor, "m hw"]:
        """Rank the changed pixels by rising score, and the others behind them."""
        largest = torch.finfo(scores.dtype).max
        scores = scores.nan_to_num(nan=largest, posinf=largest).masked_fill(~self.changed(rows), torch.inf)
        order = scores.argsort(dim=1, stable=True)
        places = torch.arange(scores.shape[1], device=scores.device).expand_as(order)
        return torch.empty_like(order).scatter(1, order, places)

    @torch.enable_grad()
    def linearise(self, rows: Tensor) -> tuple[Float[Tensor, "m c h w"], Float[Tensor, " m"]]:
        """Return the gradients of the margins, and the margins, of the images at ``rows``."""
        slopes, margins = [], []
        for part in torch.split(rows, self._batch_size):
            points, logits = forward_with_graph(self._classifier, self.adversarial[part])
            margins.append(self._goal.select(part).margins(logits))
            slopes.append(self._classifier.input_gradient(margins[-1], points))
        self.forwards[rows] += 1
        self.backwards[rows] += 1
        return torch.cat(slopes), torch.cat(margins).detach()

    @torch.no_grad()
    def judge(self, rows: Tensor, build: Callable[[Tensor], Tensor]) -> Verdicts:
        """Ask the network about one candidate for each of ``rows`` (which may repeat), some at a time.

        Args:
            rows: the image that each candidate is a variant of; at least one.
            build: puts the candidates at some positions together.
        """
        positions = torch.arange(len(rows), device=rows.device)
        parts = torch.split(positions, self._batch_size)
        logits = torch.cat([self._classifier(build(part)) for part in parts])
        self.forwards += torch.bincount(rows, minlength=len(self.forwards))
        goal = self._goal.select(rows)
        fooled = goal.reached(logits.argmax(1)) & logits.isfinite().all(1)
        return Verdicts(fooled, goal.margins(logits), logits)

    def accept(self, rows: Tensor, images: Tensor, logits: Tensor) -> None:
        """Put images that reach the goal in the place of those at ``rows``, and tell the observer."""
        self.adversarial[rows] = images
        self.predictions[rows] = logits.argmax(1)
        if self._observer is not None and len(rows) > 0:
            self._steps += 1
            goal = self._goal.select(rows)
            self._observer(step_event(self._steps, rows, images, goal, logits, torch.zeros_like(images)))

    def accept_best(
        self,
        rows: Tensor,
        candidates: Candidates,
        verdicts: Verdicts,
        values: Tensor,
        floors: Tensor,
    ) -> Bool[Tensor, " m"]:
        """Accept for each image the fooling candidate of the largest value, if that is above its floor.

        Args:
            rows: the images; ``candidates.owners`` are positions in them.
            candidates, verdicts: what has been tested.
            values: one for each candidate.
            floors: one for each image.

        Returns:
            For which images one was accepted.
        """
        values = values.to(floors.dtype).masked_fill(~verdicts.fooled, -torch.inf)
        best = floors.scatter_reduce(0, candidates.owners, values, "amax")
        positions = torch.arange(len(values), device=values.device)
        wins = (values == best[candidates.owners]) & (values > floors[candidates.owners])
        none = torch.full_like(rows, len(values))
        winners = none.scatter_reduce(0, candidates.owners[wins], positions[wins], "amin")
        accepted = winners < len(values)
        chosen = winners[accepted]
        self.accept(rows[accepted], candidates.build(chosen), verdicts.logits[chosen])
        return accepted
