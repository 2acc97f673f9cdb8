"""Where SparseFool's perturbations fall on many images (Section 4.2, Figures 8 and 9)."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from jaxtyping import Bool
from torch import Tensor

from sparsefool.attacks.core.checks import DELTA_RANGE, LAMBDA_RANGE, check_range
from sparsefool.data.photographs import Pictures
from sparsefool.errors import ParameterError
from sparsefool.experiments.activation_maps import activation_maps
from sparsefool.experiments.experiment import Holds, Read, part_after_part, stored_fields
from sparsefool.experiments.pixel_masks import (
    central_pixels,
    changed_pixels,
    highlighted_pixels,
    maps_of_next,
    share_inside,
)
from sparsefool.experiments.records.attack_record import AttackRecord, RecordOfAttack
from sparsefool.experiments.records.attack_rows import with_setting
from sparsefool.experiments.records.attack_settings import sparsefool_setting
from sparsefool.experiments.records.record import Part, Task
from sparsefool.experiments.records.run_context import RunContext
from sparsefool.zoo.specs import find_spec

if TYPE_CHECKING:
    import pandas as pd

SHARES = ("label_share", "fooling_share", "elsewhere_share", "centre_share")


@dataclass(frozen=True)
class RegionsRecord(RecordOfAttack):
    """The share of an attack's pixels in parts of the image.

    The columns are :data:`SHARES`, as in :class:`sparsefool.analysis.shares.Shares`. They are about the image
    rounded to 8 bits; ``elsewhere`` is the map of the next image of the same block. NaN where no pixel
    changed, or where the map is zero everywhere.
    """

    @property
    def title(self) -> str:
        """The network."""
        return f"Regions on {self.attack.model}"

    @property
    def label(self) -> str:
        """The kind of record."""
        return "regions"

    def describe(self) -> Mapping[str, Any]:
        """Return the attack."""
        return {"regions_of": dict(self.attack.describe())}

    def measure(self, first: int, last: int, context: RunContext, /) -> "pd.DataFrame":
        """Measure where the pixels of a block lie."""
        import pandas as pd

        rows = context.rows(self.attack, first, last)
        if rows.empty:
            return pd.DataFrame({"image": [], "seconds": []})
        started = time.perf_counter()
        classifier = context.classifier(self.model)
        images = context.originals(self.model, self.pictures, rows).to(classifier.device)
        tops = [
            _top(activation_maps(classifier, images, torch.tensor(rows[column].to_numpy()).to(images.device)))
            for column in ("predicted", "fooling_label_8bit")
        ]
        changed = changed_pixels(rows, self.model)
        centre = np.broadcast_to(central_pixels(find_spec(self.model).input_size), changed.shape)
        parts = dict(zip(SHARES, (*tops, maps_of_next(tops[0]), centre), strict=True))
        table = rows[["image"]].copy()
        for name, masks in parts.items():
            table[name] = [share_inside(*pair) for pair in zip(changed, masks, strict=True)]
        return table.assign(seconds=(time.perf_counter() - started) / len(table))


@dataclass(frozen=True)
class Regions:
    """SparseFool on the same images of several networks, and the share of its pixels in parts of the image.

    Attributes:
        models: the networks.
        lambda_, delta: of SparseFool.
        images: how many test images are attacked.
        batch: images attacked at once.
        pictures: what is attacked instead of the test images.

    Raises:
        ParameterError: there is no network, or one twice, or no image, or a batch of one, or a value is out
            of its range.
    """

    models: tuple[str, ...]
    lambda_: float
    delta: float
    images: int
    batch: int
    pictures: Pictures | None = None
    name: str = "regions"

    def __post_init__(self) -> None:
        if not self.models or len(set(self.models)) < len(self.models):
            raise ParameterError(f"At least one network is needed, and none twice; there are {self.models}.")
        if self.images < 1 or self.batch < 2:
            raise ParameterError(
                "At least 1 image is needed, in batches of at least 2, to compare with the map of another "
                f"image; {self.images} images in batches of {self.batch} were asked for."
            )
        check_range("λ", LAMBDA_RANGE, self.lambda_)
        check_range("δ", DELTA_RANGE, self.delta)

    def parts(self) -> Sequence[Part]:
        """Return the attacks on each network, each followed by the shares."""
        return [part for model in self.models for part in self._parts(model)]

    def tasks(self) -> Sequence[Task]:
        """Return the blocks of each network, one network after the other."""
        return part_after_part(self.parts())

    def stored(self, holds: Holds, /) -> "Regions | None":
        """Return the same on those networks of which all rows are there, if any."""
        models = tuple(model for model in self.models if all(map(holds, self._parts(model))))
        return replace(self, models=models) if models else None

    def table(self, read: Read, /) -> "pd.DataFrame":
        """Return one row for each image and network: the columns of the attack, and :data:`SHARES`."""
        import pandas as pd

        tables = []
        for model in self.models:
            attacked, shares = map(read, self._parts(model))
            if not attacked.empty and not shares.empty:
                setting = sparsefool_setting(self.lambda_, self.delta)
                rows = with_setting(attacked, setting).merge(shares[["image", *SHARES]], on="image")
                rows.insert(0, "model", model)
                tables.append(rows)
        return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame()

    def describe(self) -> Mapping[str, Any]:
        """Return all attributes, by the names that they have on disk."""
        return stored_fields(self, ("models", "lambda_", "delta", "images", "batch"), self.pictures)

    def _parts(self, model: str) -> tuple[Part, Part]:
        setting = sparsefool_setting(self.lambda_, self.delta)
        attack = AttackRecord(model, setting, self.batch, pictures=self.pictures)
        return Part(attack, self.images), Part(RegionsRecord(attack), self.images)


def _top(maps: Tensor) -> Bool[np.ndarray, "n h w"]:
    return np.stack([highlighted_pixels(each) for each in maps.cpu().numpy()])
