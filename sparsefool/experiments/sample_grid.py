"""SparseFool on single test images with every λ and δ: what the Perceptibility page shows of one picture.

The page runs the same attacks live, with the same functions: a stored grid is what a live one would be.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import torch
from jaxtyping import Float
from torch import Tensor

from sparsefool.attacks import GRADIENT_GROWTH, Boundary, check_8_bit, find_boundary, sparsefool
from sparsefool.classifier import Classifier
from sparsefool.data.pictures import Picture
from sparsefool.devices import now
from sparsefool.errors import ParameterError
from sparsefool.experiments.experiment import Holds, Read, block_after_block, stored_fields
from sparsefool.experiments.records import Part, RunContext, Task
from sparsefool.similarity import psnr, ssim
from sparsefool.types import AttackResult, Observer, StepEvent

if TYPE_CHECKING:
    import pandas as pd

Pairs = Sequence[tuple[float, float]]
"""Pairs of λ and δ."""

PIXELS_AT_ONCE = 12 * 299 * 299
"""Pixels of all images of a batch together: what a gigabyte or two hold for the networks of the zoo."""

MAX_ITER, NUM_CANDIDATES = 50, 10
"""Limit of iterations and candidate classes of stored grids: the page's defaults."""

MAP_LAMBDAS, MAP_DELTAS = (1.0, 2.0, 3.0, 5.0, 10.0), (4.0, 10.0, 25.0, 50.0, 100.0, 255.0)
"""λ and δ of the λ × δ map."""

SAMPLES = 20
"""Sample pictures of each data set: its first test images."""


@dataclass(frozen=True)
class SampleGridRecord:
    """Every λ with every δ on each test image of a network, one image after the other.

    Attributes:
        model: the network.
        lambdas, deltas: whose pairs are tried.
    """

    model: str
    lambdas: tuple[float, ...]
    deltas: tuple[float, ...]

    @property
    def title(self) -> str:
        """The network and the size of the grid."""
        return f"{len(self.lambdas)} λ × {len(self.deltas)} δ on {self.model}"

    @property
    def label(self) -> str:
        """The kind of record."""
        return "sample-grid"

    @property
    def models(self) -> Sequence[str]:
        """The network."""
        return (self.model,)

    @property
    def batch(self) -> int:
        """Images of a block: each is attacked by itself, as on the page."""
        return 1

    @property
    def pairs(self) -> Pairs:
        """All pairs of λ and δ."""
        return [(lambda_, delta) for lambda_ in self.lambdas for delta in self.deltas]

    def describe(self) -> Mapping[str, Any]:
        """Return everything that decides the rows."""
        return {
            "attack": "sparsefool",
            "model": self.model,
            "lambdas": list(self.lambdas),
            "deltas": list(self.deltas),
            "max_iter": MAX_ITER,
            "num_candidates": NUM_CANDIDATES,
            "max_gradient_growth": GRADIENT_GROWTH,
        }

    def measure(self, first: int, last: int, context: RunContext, /) -> "pd.DataFrame":
        """Attack one image with every pair; return a row for each, as :func:`pair_rows` does."""
        import pandas as pd

        classifier = context.classifier(self.model)
        gallery = context.images(self.model, first, last)
        image, started = gallery.images.to(classifier.device), now(classifier.device)

        def check(_: object = None) -> None:
            context.check()

        boundary = find_boundary(
            classifier,
            image,
            num_candidates=NUM_CANDIDATES,
            max_gradient_growth=GRADIENT_GROWTH,
            observer=check,
        )
        tables = []
        for pairs in batches(self.pairs, image.shape[2] * image.shape[3]):
            result, deltas = attack_grid(
                classifier,
                image,
                pairs,
                boundary,
                max_iter=MAX_ITER,
                num_candidates=NUM_CANDIDATES,
                observer=check,
                check=check,
            )
            tables.append(pair_rows(classifier, result, pairs, deltas))
        rows = pd.concat(tables, ignore_index=True)
        probabilities = boundary.logits[0].detach().cpu().double().softmax(0)
        rows.insert(0, "confidence", float(probabilities.max()))
        rows.insert(0, "predicted", int(probabilities.argmax()))
        rows.insert(0, "label", int(gallery.labels[0]))
        rows.insert(0, "picture_sha256", Picture.from_tensor(gallery.images[0]).sha256)
        rows.insert(0, "image", first)
        rows["boundary_forwards"] = int(boundary.forwards[0])
        rows["boundary_backwards"] = int(boundary.backwards[0])
        return rows.assign(seconds=(now(classifier.device) - started) / len(rows))


@dataclass(frozen=True)
class SampleGrid:
    """Every λ with every δ on the first test images of one or several networks.

    Attributes:
        models: the networks.
        lambdas: λ, each at least 1.
        deltas: δ, each from 0 to 255.
        images: how many test images.

    Raises:
        ParameterError: something is missing or twice there.
    """

    models: tuple[str, ...]
    lambdas: tuple[float, ...]
    deltas: tuple[float, ...]
    images: int
    name: str = "sample_grid"

    def __post_init__(self) -> None:
        for title, values in (("network", self.models), ("λ", self.lambdas), ("δ", self.deltas)):
            if not values or len(set(values)) < len(values):
                raise ParameterError(f"A grid needs at least one {title}, and none twice; it has {values}.")

    def part(self, model: str) -> Part:
        """Return what is stored of one network."""
        return Part(SampleGridRecord(model, self.lambdas, self.deltas), self.images)

    def parts(self) -> Sequence[Part]:
        """Return the grids of all networks."""
        return [self.part(model) for model in self.models]

    def tasks(self) -> Sequence[Task]:
        """Return the images of all networks, the first images first."""
        return block_after_block(self.parts())

    def stored(self, holds: Holds, /) -> "SampleGrid | None":
        """Return the same on those networks of which all rows are there, if any."""
        models = tuple(model for model in self.models if holds(self.part(model)))
        return replace(self, models=models) if models else None

    def table(self, read: Read, /) -> "pd.DataFrame":
        """Return the rows of all networks, with the column ``model``."""
        import pandas as pd

        tables = [(model, read(self.part(model))) for model in self.models]
        found = [rows.assign(model=model) for model, rows in tables if not rows.empty]
        return pd.concat(found, ignore_index=True) if found else pd.DataFrame()

    def describe(self) -> Mapping[str, Any]:
        """Return all attributes, by the names that they have on disk."""
        return stored_fields(self, ("models", "lambdas", "deltas", "images"))


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
) -> tuple[AttackResult, Float[Tensor, " m"]]:
    """Attack an image with each of m pairs of λ and δ in one batch; return the result and every δ.

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
    result = sparsefool(
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
    return result, values[:, 1]


def pair_rows(
    classifier: Classifier, result: AttackResult, pairs: Pairs, deltas: Float[Tensor, " m"]
) -> "pd.DataFrame":
    """Return a row for each of m pairs of λ and δ: what the network sees in its 8-bit image, and how alike
    that is to the original.

    Args:
        classifier: the network, for the 8-bit check.
        result: of :func:`attack_grid`.
        pairs: λ and δ of each of its images.
        deltas: every δ, on the device of the result.
    """
    import pandas as pd

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
