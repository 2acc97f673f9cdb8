"""What the perturbations of one image for several networks share: pixels, places, parts (Figure 8)."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import Bool, Float, Int, Shaped

from sparsefool.analysis.enrichment import DRAWS, two_sided
from sparsefool.analysis.findings.fooling_classes import shuffled_within
from sparsefool.analysis.findings.smoothed_maps import smoothed_maps
from sparsefool.analysis.findings.tables import FindingTable
from sparsefool.analysis.part_findings import HEAD, stand_ins
from sparsefool.analysis.statistics import Estimate, estimate_mean
from sparsefool.data.annotations import OBJECT, Annotation
from sparsefool.experiments.pixel_masks import changed_pixels

if TYPE_CHECKING:
    import pandas as pd

FOOLING = ("all", "same", "different")
"""The images that are compared: all, or those that both networks see as the same new class, or not."""


@dataclass(frozen=True)
class NetworkFinding:
    """How far the perturbations of the same images for two networks agree, beyond those of other images.

    Attributes:
        first, second: the networks.
        measure: how two perturbations are compared. ``pixels``, ``within 1`` and ``within 2``: share of the
            one's pixels that have one of the other's at most so many rows and columns away, in the mean of
            both ways. ``smoothed``: what the smoothed maps have in common, the sum of the smaller of both
            densities. ``parts``: likewise of the shares on the head, on the rest of the object and elsewhere.
            ``head``: one minus the difference of the shares on the head, of all changed pixels.
        fooling: one of :data:`FOOLING`.
        n: images that fooled both (8 bits) and that have another image of their class.
        shared: mean agreement, from 0 to 1, of the two perturbations of an image.
        others: likewise of the one network's perturbation and the other's of another image of the same class.
        gain: mean of the difference.
        p: two-sided, of there being none: images are exchanged within their class; not corrected. NaN where
            ``fooling`` is not ``all``.
    """

    first: str
    second: str
    measure: str
    fooling: str
    n: int
    shared: Estimate
    others: float
    gain: Estimate
    p: float


NETWORK_FINDINGS = FindingTable("networks", NetworkFinding)


def find_networks(
    rows: "pd.DataFrame", models: Sequence[str], annotations: Sequence[Annotation], draws: int = DRAWS
) -> Sequence[NetworkFinding]:
    """Return what each pair of networks shares: pixels and places of all images, parts of annotated ones.

    Args:
        rows: the attack's on the same images of all these networks, with the column ``model``.
        models: the networks, of one input size.
        annotations: of pictures with a head; ``image`` of the rows holds what they call a picture.
        draws: permutations of each test.
    """
    found: list[NetworkFinding] = []
    with_head = {each.image: each for each in annotations if each.mask(HEAD).any()}
    for first, second in combinations(models, 2):
        for measures, taken in ((PLACES, rows), (PARTS, rows[rows["image"].isin(with_head)])):
            one, other = _common(taken, first), _common(taken, second)
            images = one.index.intersection(other.index)
            one, other = one.loc[images], other.loc[images]
            if not len(images):
                continue
            masks = changed_pixels(one, first), changed_pixels(other, second)
            groups = stand_ins(one["predicted"].to_numpy(), first)
            same = (one["fooling_label_8bit"] == other["fooling_label_8bit"]).to_numpy()
            chosen = [with_head[image] for image in images] if measures == PARTS else []
            for measure in measures:
                agreement = measures[measure](*masks, chosen)
                found += _findings((first, second), measure, agreement, groups, same, draws)
    return found


Masks = Bool[np.ndarray, "n h w"]
Agreement = Float[np.ndarray, "n n"]
"""Of each image, down: how far the one network's perturbation of it agrees with the other's of each image."""


def _common(rows: "pd.DataFrame", model: str) -> "pd.DataFrame":
    return rows[(rows["model"] == model) & rows["success_8bit"]].set_index("image")


def _near(distance: int) -> Callable[[Masks, Masks, Sequence[Annotation]], Agreement]:
    def agreement(one: Masks, other: Masks, _: Sequence[Annotation]) -> Agreement:
        ones, others = _flat(one), _flat(other)
        around_ones, around_others = _flat(_grown(one, distance)), _flat(_grown(other, distance))
        of_ones = ones @ around_others.T / ones.sum(1, keepdims=True)
        of_others = around_ones @ others.T / others.sum(1)
        return _both_ways((of_ones + of_others) / 2)

    return agreement


def _smoothed(one: Masks, other: Masks, _: Sequence[Annotation]) -> Agreement:
    ones, others = _flat(smoothed_maps(one)), _flat(smoothed_maps(other))
    return _both_ways(np.stack([np.minimum(each, others).sum(1) for each in ones]))


def _of_parts(one: Masks, other: Masks, annotations: Sequence[Annotation]) -> Agreement:
    ones, others = _shares(one, annotations), _shares(other, annotations)
    return _in_own_parts(ones, others, lambda a, b: np.minimum(a, b).sum(-1))


def _of_head(one: Masks, other: Masks, annotations: Sequence[Annotation]) -> Agreement:
    ones, others = _shares(one, annotations)[..., :1], _shares(other, annotations)[..., :1]
    return _in_own_parts(ones, others, lambda a, b: 1 - np.abs(a - b)[..., 0])


PLACES = {"pixels": _near(0), "within 1": _near(1), "within 2": _near(2), "smoothed": _smoothed}
PARTS = {"parts": _of_parts, "head": _of_head}


def _shares(masks: Masks, annotations: Sequence[Annotation]) -> Float[np.ndarray, "n n 3"]:
    """Return of each perturbation, across, the shares on head, rest and elsewhere of each picture, down."""
    weights = _flat(masks) / _flat(masks).sum(1, keepdims=True)
    whole = np.stack([each.mask(OBJECT) | each.mask(HEAD) for each in annotations])
    head = np.stack([each.mask(HEAD) for each in annotations])
    of_head, of_whole = _flat(head) @ weights.T, _flat(whole) @ weights.T
    return np.stack([of_head, of_whole - of_head, 1 - of_whole], axis=-1)


def _in_own_parts(
    ones: Float[np.ndarray, "n n bins"],
    others: Float[np.ndarray, "n n bins"],
    agreement: Callable[[Any, Any], Any],
) -> Agreement:
    """Compare perturbations in the parts of the picture, down, that one of both was made for."""
    own_one, own_other = (np.einsum("iib->ib", each)[:, None] for each in (ones, others))
    found: Agreement = (agreement(own_one, others) + agreement(ones, own_other)) / 2
    return found


def _both_ways(agreement: Agreement) -> Agreement:
    found: Agreement = (agreement + agreement.T) / 2
    return found


def _flat(values: Shaped[np.ndarray, "n h w"]) -> Float[np.ndarray, "n pixels"]:
    return values.reshape(len(values), -1).astype(np.float64)


def _grown(masks: Masks, distance: int) -> Masks:
    from scipy.ndimage import maximum_filter

    found: Masks = maximum_filter(masks, size=(1, 2 * distance + 1, 2 * distance + 1), mode="constant")
    return found


def _findings(
    models: tuple[str, str],
    measure: str,
    agreement: Agreement,
    groups: Int[np.ndarray, " n"],
    same: Bool[np.ndarray, " n"],
    draws: int,
) -> Sequence[NetworkFinding]:
    peers = (groups[:, None] == groups) & ~np.eye(len(groups), dtype=bool)
    kept = peers.any(1)
    own = np.diag(agreement)
    others = (agreement * peers).sum(1) / peers.sum(1).clip(1)
    orders = shuffled_within(groups, draws, np.random.default_rng(0))
    null = agreement[np.arange(len(groups)), orders][:, kept].mean(1) if kept.any() else np.zeros(0)
    found = []
    for fooling, taken in zip(FOOLING, (kept, kept & same, kept & ~same), strict=True):
        if not taken.any():
            continue
        found.append(
            NetworkFinding(
                *models,
                measure,
                fooling,
                n=int(taken.sum()),
                shared=estimate_mean(own[taken].tolist()),
                others=float(others[taken].mean()),
                gain=estimate_mean((own - others)[taken].tolist()),
                p=two_sided(float(own[taken].mean()), null) if fooling == "all" else math.nan,
            )
        )
    return found
