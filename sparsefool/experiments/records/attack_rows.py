"""What an attack did to test images: the record that all experiments read, one row of numbers per image."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from jaxtyping import Float
from numpy.typing import NDArray
from torch import Tensor

from sparsefool.attacks import Boundary, check_8_bit
from sparsefool.attacks.core.events import forward_with_graph
from sparsefool.classifier import Classifier
from sparsefool.data.galleries import Gallery
from sparsefool.data.photographs import Pictures
from sparsefool.devices import now
from sparsefool.experiments.records.attack_settings import (
    AttackSetting,
    arguments_of,
    draws,
    find_attack,
    seed_of,
)
from sparsefool.experiments.records.record import LEFT_OUT, Part, RunContext, Task
from sparsefool.types import AttackResult, Outcome
from sparsefool.zoo.specs import find_spec

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class AttackRecord:
    """An attack on the test images of a network, or on chosen pictures.

    The rows are those of :func:`rows_of`, with ``batch``, the images of their block, and ``precision``: that
    in which a network's convolutions were computed, ``float32`` or, on a GPU before it was turned off,
    ``TF32``. Of chosen pictures ``image`` is the place among them, and ``changed_by`` tells by how many
    levels each value of ``changed_at`` changed; one that cannot be read has no row (:data:`LEFT_OUT`).

    Attributes:
        model: the network.
        setting: the attack and its parameters.
        batch: images attacked at once.
        seed: of all random draws.
        sized_by: the attack from which this one takes its size, ``counts``: as many elements in each channel
            as the median of that one over the images that it fooled (Section 4.2).
        pictures: what is attacked instead of the test images: a set of one's own, or those with annotated
            parts.
    """

    model: str
    setting: AttackSetting
    batch: int
    seed: int = 0
    sized_by: Part | None = None
    pictures: Pictures | None = None

    @property
    def title(self) -> str:
        """The attack and the network."""
        return f"{self.setting.name} on {self.model}"

    @property
    def label(self) -> str:
        """The attack's name."""
        return self.setting.attack.replace("_", "-")

    @property
    def models(self) -> Sequence[str]:
        """The network."""
        return (self.model,)

    def describe(self) -> Mapping[str, Any]:
        """Return the attack with all its arguments, the batch, and what decides its draws, if it has any."""
        described: dict[str, Any] = {
            "attack": self.setting.attack,
            "model": self.model,
            "arguments": arguments_of(self.setting),
            "batch": self.batch,
        }
        if draws(self.setting.attack):
            described["seed"] = seed_of(self.setting, self.seed)
        if self.sized_by is not None:
            described["sized_by"] = dict(self.sized_by.record.describe())
            described["sized_by_images"] = self.sized_by.images
        if self.pictures is not None:
            described["pictures"] = dict(self.pictures.describe())
        return described

    def needs(self, first: int, last: int, /) -> Sequence[Task]:  # noqa: ARG002
        """Return all blocks of the attack that this one takes its size from."""
        return () if self.sized_by is None else self.sized_by.tasks()

    def measure(self, first: int, last: int, context: RunContext, /) -> "pd.DataFrame":
        """Attack a block."""
        classifier = context.classifier(self.model)
        loaded = context.load(self.model, self.pictures, first, last)
        gallery = loaded.gallery
        if not len(gallery):
            return _no_rows(loaded.left_out)
        images = gallery.images.to(classifier.device)
        more: dict[str, Any] = {}
        if self.sized_by is not None:
            more["counts"] = _median_counts(context, self.sized_by, classifier.channels)
        if draws(self.setting.attack):
            seed = seed_of(self.setting, self.seed, self.model, first)
            more["generator"] = torch.Generator().manual_seed(seed)
        if images.is_cuda:
            _load_kernels(classifier, images)
        result, seconds = self._attack(
            classifier, images, context, (self.model, self.pictures, first, last), more
        )
        rows = rows_of(result, classifier, gallery, first, seconds, self.setting.delta)
        if self.pictures is not None:
            rows["image"] = loaded.numbers
            rows["changed_by"] = changes(gallery.images, rows)
            rows.attrs = {LEFT_OUT: dict(loaded.left_out)} if loaded.left_out else {}
        return rows.assign(batch=last - first, precision="float32")

    def _attack(
        self,
        classifier: Classifier,
        images: Tensor,
        context: RunContext,
        block: object,
        more: dict[str, Any],
    ) -> tuple[AttackResult, float]:
        """Attack images; return the result and the seconds it took, the first boundary's included."""
        spec = find_attack(self.setting.attack)
        arguments = {**dict(self.setting.parameters), **more}

        def observe(_: object) -> None:
            context.check()

        boundary, spent = None, 0.0
        if spec.boundary is not None:
            finder, every = spec.boundary, arguments_of(self.setting)
            taken = {name: every[name] for name in finder.keywords if name in every}

            def find() -> tuple[Boundary, float]:
                started = now(images.device)
                found = finder.run(classifier, images, observer=observe, **taken)
                return found, now(images.device) - started

            boundary, spent = context.first_boundary((block, spec.name, tuple(taken.items())), find)
            arguments["first_boundary"] = boundary
        started = now(images.device)
        result = spec.run(classifier, images, observer=observe, **arguments)
        seconds = now(images.device) - started + spent
        return (result if boundary is None else _with_passes_of(boundary, result)), seconds


def rows_of(
    result: AttackResult,
    classifier: Classifier,
    gallery: Gallery,
    first: int,
    seconds: float,
    delta: float | Tensor = 255.0,
) -> "pd.DataFrame":
    """Return one row for each image of a result.

    The seconds of the batch are shared out by the passes through the network that each image has cost. Of
    the image rounded to 8 bits, the changed values are kept: ``changed_at`` counts values in the order
    channel, row, column, and ``changed_to`` are levels of 0 to 255.

    Args:
        result: of the attack.
        classifier: the network, for the 8-bit check.
        gallery: the images with their true classes.
        first: the number of the first image in the data set.
        seconds: what the attack took.
        delta: δ, a number or one per image.
    """
    import pandas as pd

    check = check_8_bit(classifier, result, delta)
    passes = (result.forwards + result.backwards).double()
    share = passes / passes.sum().clamp(min=1)
    columns: Mapping[str, Tensor] = {
        "label": gallery.labels,
        "predicted": result.labels,
        "fooling_label": result.adversarial_labels,
        "fooling_label_8bit": check.labels,
        "success": result.success,
        "success_8bit": check.success,
        "pixels": result.pixels_changed,
        "features": result.features_changed,
        "max_change": result.max_change,
        "pixels_8bit": check.pixels_changed,
        "iterations": result.iterations,
        "forwards": result.forwards,
        "backwards": result.backwards,
        "planes_behind": result.planes_behind,
        "seconds": share * seconds,
    }
    rows = pd.DataFrame({name: column.detach().cpu().numpy() for name, column in columns.items()})
    rows.insert(0, "image", range(first, first + len(rows)))
    rows["outcome"] = [Outcome(int(outcome)).name.lower() for outcome in result.outcomes]
    rows["pixels_per_image"] = gallery.images.shape[2] * gallery.images.shape[3]
    levels = (255 * check.images).round().to(torch.uint8).flatten(1).cpu()
    moved = (check.images != check.originals).flatten(1).cpu()
    rows["changed_at"] = [each.nonzero()[:, 0].int().numpy() for each in moved]
    rows["changed_to"] = [values[each].numpy() for values, each in zip(levels, moved, strict=True)]
    return rows


def with_setting(rows: "pd.DataFrame", setting: AttackSetting) -> "pd.DataFrame":
    """Return rows with the columns ``lambda_`` (NaN where the attack has none) and ``delta``."""
    rows = rows.copy()
    rows.insert(1, "delta", setting.delta)
    rows.insert(1, "lambda_", setting.lambda_)
    return rows


def rebuild(
    original: Float[Tensor, "c h w"], changed_at: Sequence[int], changed_to: Sequence[int]
) -> Float[Tensor, "c h w"]:
    """Return the adversarial image, rounded to 8 bits, that a row of :func:`rows_of` describes.

    Args:
        original: the image in [0, 1].
        changed_at, changed_to: these columns of the row.
    """
    levels = (255 * original).round().flatten()
    levels[torch.tensor(changed_at, dtype=torch.int64)] = torch.tensor(changed_to, dtype=levels.dtype)
    return levels.view_as(original) / 255


def rebuild_all(originals: Float[Tensor, "n c h w"], rows: "pd.DataFrame") -> Float[Tensor, "n c h w"]:
    """Return the adversarial images, rounded to 8 bits, of rows of these images in this order."""
    pairs = zip(originals, rows["changed_at"], rows["changed_to"], strict=True)
    return torch.stack([rebuild(original, at.tolist(), to.tolist()) for original, at, to in pairs])


def changes(originals: Float[Tensor, "n c h w"], rows: "pd.DataFrame") -> list[NDArray[np.int16]]:
    """Return by how many levels each value of ``changed_at`` changed, in rows of these images in order."""
    levels = (255 * originals).round().flatten(1).to(torch.int16).cpu().numpy()
    triples = zip(levels, rows["changed_at"], rows["changed_to"], strict=True)
    return [np.asarray(to, dtype=np.int16) - level[np.asarray(at)] for level, at, to in triples]


def _no_rows(left_out: Mapping[str, str]) -> "pd.DataFrame":
    """Return the table of a block of which no picture can be read."""
    import pandas as pd

    rows = pd.DataFrame({"image": np.zeros(0, np.int64), "seconds": np.zeros(0)})
    rows.attrs = {LEFT_OUT: dict(left_out)}
    return rows


def _load_kernels(classifier: Classifier, images: Tensor) -> None:
    """Pass images once: on a GPU the first passes load the kernels."""
    points, logits = forward_with_graph(classifier, images)
    classifier.input_gradient(logits.amax(1), points)


def _with_passes_of(boundary: Boundary, result: AttackResult) -> AttackResult:
    """Return a result whose images bear the passes that their first boundary has cost."""
    return replace(
        result,
        forwards=result.forwards + boundary.forwards,
        backwards=result.backwards + boundary.backwards,
    )


def _median_counts(context: RunContext, part: Part, channels: int) -> list[int]:
    """Return an attack's median of changed elements in each channel, over the images that it fooled."""
    rows = context.rows(part.record, 0, part.images)
    fooled = rows[rows["success"]]
    if fooled.empty:
        return [0] * channels
    height, width = find_spec(part.record.model).input_size
    counts = [
        np.bincount(np.asarray(places) // (height * width), minlength=channels)
        for places in fooled["changed_at"]
    ]
    return [round(count) for count in np.median(counts, axis=0).tolist()]
