"""Findings from the rows of the experiment on regions: shares, contrasts, and the pixels of each class."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float

from sparsefool.analysis.shares import Shares, known
from sparsefool.analysis.statistics import Estimate, estimate_mean
from sparsefool.experiments.pixel_masks import changed_pixels

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Contrast:
    """How much more of the perturbed pixels the original label's activation map holds than other parts do.

    Attributes:
        model: the network.
        n: fooled images (8 bits) that have such a map, as has the image they are compared with.
        over_elsewhere: mean of the share inside the map minus that inside the map of another image, the next.
        over_centre: mean of the share inside the map minus that inside the centred disc; all cover 20 %.
    """

    model: str
    n: int
    over_elsewhere: Estimate
    over_centre: Estimate

    @property
    def concentrates(self) -> bool | None:
        """Whether they fall where the network looks (Section 4.2); None where the centre explains as much."""
        if not self.over_elsewhere.interval[0] > 0:
            return False
        return True if self.over_centre.interval[0] > 0 else None


@dataclass(frozen=True, eq=False)
class MeanMap:
    """How often each pixel is perturbed, over the images of one class that became another one.

    Attributes:
        fooling_label: what the images became.
        n: images.
        rates: how often each pixel is perturbed, in [0, 1].
        images: their numbers, those with the fewest perturbed pixels first (the rule for examples).
    """

    fooling_label: int
    n: int
    rates: Float[np.ndarray, "h w"]
    images: tuple[int, ...]


def shares_of(rows: "pd.DataFrame") -> Mapping[str, Shares]:
    """Return the shares of each network, over the images that fooled it (8 bits)."""
    fooled = rows[rows["success_8bit"]]
    parts = ("label", "fooling", "centre", "elsewhere")
    return {
        str(model): Shares(**{part: known(group[f"{part}_share"].tolist()) for part in parts})
        for model, group in fooled.groupby("model", sort=False)
    }


def contrasts_of(rows: "pd.DataFrame") -> Sequence[Contrast]:
    """Return the contrast of each network (Section 4.2); networks without activation maps are left out."""
    found = []
    both = rows[rows["success_8bit"]].dropna(subset=["label_share", "elsewhere_share"])
    for model, group in both.groupby("model", sort=False):
        gains = [group["label_share"] - group[f"{part}_share"] for part in ("elsewhere", "centre")]
        means = [estimate_mean(each.tolist()) for each in gains]
        found.append(Contrast(str(model), len(group), *means))
    return found


def fooling_table(rows: "pd.DataFrame", model: str) -> "pd.DataFrame":
    """Return how many fooled images (8 bits) of each label, down, became which other label, across."""
    import pandas as pd

    fooled = rows[(rows["model"] == model) & rows["success_8bit"]]
    return pd.crosstab(fooled["predicted"], fooled["fooling_label_8bit"])


def mean_maps(rows: "pd.DataFrame", model: str, label: int) -> Sequence[MeanMap]:
    """Return the mean map of each fooling label of one class, the most frequent first (Figure 9)."""
    fooled = rows[(rows["model"] == model) & rows["success_8bit"] & (rows["predicted"] == label)]
    maps = [
        MeanMap(
            fooling_label=int(fooling_label),
            n=len(group),
            rates=changed_pixels(group, model).mean(0),
            images=tuple(group.sort_values(["pixels_8bit", "image"])["image"].tolist()),
        )
        for fooling_label, group in fooled.groupby("fooling_label_8bit")
    ]
    return sorted(maps, key=lambda each: (-each.n, each.fooling_label))
