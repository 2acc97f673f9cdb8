"""SparseFool on single sample pictures with every λ and δ: what the Perceptibility page opens with.

The page runs the same attacks live, with the same functions: a stored grid is what a live one would be.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from sparsefool.attacks import GRADIENT_GROWTH, find_boundary
from sparsefool.data.galleries import load_gallery
from sparsefool.data.pictures import Picture
from sparsefool.devices import now
from sparsefool.errors import ParameterError
from sparsefool.experiments.experiment import Holds, Read, block_after_block, stored_fields
from sparsefool.experiments.pair_attacks import Pairs, attack_grid, batches, pair_rows
from sparsefool.experiments.records.record import Part, Task
from sparsefool.experiments.records.run_context import RunContext
from sparsefool.zoo.specs import find_spec

if TYPE_CHECKING:
    import pandas as pd

MAX_ITER, NUM_CANDIDATES = 50, 10
"""Limit of iterations and candidate classes of stored grids: the page's defaults."""

MAP_LAMBDAS, MAP_DELTAS = (1.0, 2.0, 3.0, 5.0, 10.0), (4.0, 10.0, 25.0, 50.0, 100.0, 255.0)
"""λ and δ of the λ × δ map."""

SAMPLES = 20
"""Sample pictures of each data set."""


@dataclass(frozen=True)
class SampleGridRecord:
    """Every λ with every δ on each sample picture of a network, one picture after the other.

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
        """Attack one image with every pair; return a row for each, with that of the pair and the image."""
        import pandas as pd

        classifier = context.classifier(self.model)
        spec = find_spec(self.model)
        gallery = load_gallery(spec.dataset, spec.input_size).part(first, last)
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
            result = attack_grid(
                classifier,
                image,
                pairs,
                boundary,
                max_iter=MAX_ITER,
                num_candidates=NUM_CANDIDATES,
                observer=check,
                check=check,
            )
            tables.append(pair_rows(classifier, result, pairs))
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
    """Every λ with every δ on the first sample pictures of one or several networks.

    Attributes:
        models: the networks.
        lambdas: λ, each at least 1.
        deltas: δ, each from 0 to 255.
        images: how many sample pictures.

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
