"""Where SparseFool's perturbations fall on many images (Section 4.2, Figures 8 and 9)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from jaxtyping import Bool
from torch import Tensor

from sparsefool.attacks.core.checks import DELTA_RANGE, LAMBDA_RANGE, check_range
from sparsefool.errors import ParameterError
from sparsefool.experiments.activation_maps import activation_maps
from sparsefool.experiments.attack_cache import attack_samples
from sparsefool.experiments.attack_rows import rows_of
from sparsefool.experiments.attack_settings import AttackSetting
from sparsefool.experiments.experiment import RunContext, Task, batch_of, batch_tasks, stored_fields
from sparsefool.experiments.pixel_masks import (
    central_pixels,
    changed_pixels,
    highlighted_pixels,
    maps_of_next,
    share_inside,
)
from sparsefool.zoo.specs import find_spec

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Regions:
    """SparseFool on the same images of several networks, and the share of its pixels in parts of the image.

    The rows are those of :func:`sparsefool.experiments.attack_rows.rows_of`, and ``model``, ``label_share``,
    ``fooling_share``, ``elsewhere_share`` and ``centre_share``, as in
    :class:`sparsefool.analysis.shares.Shares`. They are about the image rounded to 8 bits;
    ``elsewhere`` is the map of the next image of the same batch. NaN where no pixel changed, or where the map
    is zero everywhere.

    Attributes:
        models: the networks.
        lambda_, delta: of SparseFool.
        images: how many test images are attacked.
        batch: images attacked at once.

    Raises:
        ParameterError: there is no network, or one twice, or no image, or a batch of one, or a value is out
            of its range.
    """

    models: tuple[str, ...]
    lambda_: float
    delta: float
    images: int
    batch: int = 100
    name: str = "regions"

    def __post_init__(self) -> None:
        if not self.models or len(set(self.models)) < len(self.models):
            raise ParameterError(f"At least one network is needed, and none twice; there are {self.models}.")
        if self.images < 2 or self.batch < 2 or self.images % self.batch == 1:
            raise ParameterError(
                "At least 2 images are needed in every batch, to compare with the map of another image; "
                f"{self.images} images in batches of {self.batch} were asked for."
            )
        check_range("λ", LAMBDA_RANGE, self.lambda_)
        check_range("δ", DELTA_RANGE, self.delta)

    def tasks(self) -> Sequence[Task]:
        """Return one task for each batch of images of each network."""
        return batch_tasks("Regions on", self.models, self.images, self.batch)

    def run(self, task: Task, context: RunContext, _earlier: "pd.DataFrame", /) -> "pd.DataFrame":
        """Attack one batch, and measure where the pixels lie."""
        number, first = batch_of(task)
        model = self.models[number]
        classifier = context.classifier(model)
        setting = AttackSetting("sparsefool", (("lambda_", self.lambda_), ("delta", self.delta)))
        gallery, result, seconds = attack_samples(setting, model, first, task, context)
        rows = rows_of(result, classifier, gallery, first, seconds, self.delta)
        context.check()
        fooling = torch.tensor(rows["fooling_label_8bit"].to_numpy()).to(result.labels)
        tops = [
            _top(activation_maps(classifier, result.images, labels)) for labels in (result.labels, fooling)
        ]
        changed = changed_pixels(rows, model)
        centre = np.broadcast_to(central_pixels(find_spec(model).input_size), changed.shape)
        parts = {"label": tops[0], "fooling": tops[1], "elsewhere": maps_of_next(tops[0]), "centre": centre}
        for part, masks in parts.items():
            rows[f"{part}_share"] = [share_inside(*pair) for pair in zip(changed, masks, strict=True)]
        rows.insert(0, "model", model)
        rows["batch"] = task.images
        return rows

    def describe(self) -> Mapping[str, Any]:
        """Return all attributes, by the names that they have on disk."""
        return stored_fields(self, ("models", "lambda_", "delta", "images", "batch", "name"))


def _top(maps: Tensor) -> Bool[np.ndarray, "n h w"]:
    return np.stack([highlighted_pixels(each) for each in maps.cpu().numpy()])
