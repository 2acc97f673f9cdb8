"""Findings from the rows of the experiment on regions: shares, contrasts, and the pixels of each class."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float

from sparsefool.analysis.shares import Shares, known
from sparsefool.analysis.statistics import Estimate, estimate_mean
from sparsefool.analysis.verdicts import Verdict, by_interval
from sparsefool.data.specs import class_kinds
from sparsefool.experiments.pixel_masks import TOP, changed_pixels
from sparsefool.zoo.specs import find_spec

if TYPE_CHECKING:
    import pandas as pd


BASELINES = {
    "area": f"the {100 * TOP:.0f} % of the image that it covers",
    "elsewhere": "the map of another image",
    "centre": "the centred disc",
}
"""What the share inside an image's own activation map is compared with; all cover as much of the image."""

ALL = "all images"


@dataclass(frozen=True)
class Contrast:
    """How much more of the perturbed pixels the map of the image's own label holds than a baseline does.

    Attributes:
        model: the network.
        kind: of the images, by the class that the network sees in them: :data:`ALL`, or one of the data set's
            kinds.
        baseline: a key of :data:`BASELINES`: chance for such an area, the share inside the map of the next
            image, or inside the centred disc.
        n: fooled images (8 bits) that have such a map, as has the image they are compared with.
        gain: mean of the share inside the map minus the baseline's.
    """

    model: str
    kind: str
    baseline: str
    n: int
    gain: Estimate

    @property
    def verdict(self) -> Verdict:
        """Whether the map holds more of the perturbed pixels than the baseline."""
        return by_interval(self.gain)


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
    """Return the contrasts of each network (Section 4.2), over all images and over those of each kind.

    Networks without activation maps are left out, and kinds without an image.
    """
    fooled = rows[rows["success_8bit"]].dropna(subset=["label_share"])
    fooled = fooled.assign(area_share=TOP)
    found = []
    for model, group in fooled.groupby("model", sort=False):
        kinds = {kind.name: kind.labels for kind in class_kinds(find_spec(str(model)).dataset)}
        parts = {name: group[group["predicted"].isin(labels)] for name, labels in kinds.items()}
        for kind, part in ({ALL: group} | parts).items():
            for baseline in BASELINES:
                gains = (part["label_share"] - part[f"{baseline}_share"]).dropna().tolist()
                if gains:
                    found.append(Contrast(str(model), kind, baseline, len(gains), estimate_mean(gains)))
    return found


def concentration(contrasts: Sequence[Contrast]) -> Mapping[str, Verdict]:
    """Return for each network whether its own map holds more than chance and more than another image's map.

    It does if both hold, and does not if either does not; over all images.
    """
    found: dict[str, list[Verdict]] = {}
    for each in contrasts:
        if each.kind == ALL and each.baseline != "centre":
            found.setdefault(each.model, []).append(each.verdict)
    return {
        model: False if False in verdicts else None if None in verdicts else True
        for model, verdicts in found.items()
    }


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
