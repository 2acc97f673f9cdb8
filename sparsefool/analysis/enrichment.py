"""Whether perturbations prefer a part of what a picture shows, such as the head (Section 4.2).

The enrichment of a part is the share of the perturbed pixels on the object that lie on the part, over the
part's share of the object's area: 1 where pixels are placed on the object at random.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Bool, Float, Int

from sparsefool.analysis.statistics import Estimate, estimate_mean, holm
from sparsefool.experiments.pixel_masks import central_pixels, resized

DRAWS = 5_000
"""Random draws of each test."""

MOST_SHUFFLED = 2_000
"""Pixels of an image, from which on equal weights are counted and not shuffled: that would take seconds."""

MOST_AT_ONCE = 4_000_000
"""Weights that are shuffled at once, so that many do not fill the memory."""

_EQUAL = 1e-9


@dataclass(frozen=True)
class Baseline:
    """How a part compares with an explanation that has nothing to do with the part.

    Attributes:
        n: images that can be compared.
        gain: mean share of the perturbed pixels on the part, minus what the explanation gives.
        p: two-sided, of there being no difference; NaN where nothing can be compared.
    """

    n: int
    gain: Estimate
    p: float


@dataclass(frozen=True)
class Enrichment:
    """How much of the perturbations lies on a part, over the images that have it.

    Attributes:
        part: its name.
        n: images with the part, an object and a perturbed pixel on the object.
        share: mean share of the perturbed pixels on the object that lie on the part.
        area: the part's mean share of the object's area.
        of_object: mean enrichment, the object's area being the measure. The interval is over the images, and
            over outlines as they were drawn, one pixel wider and one pixel tighter, each as likely.
        of_image: likewise of all perturbed pixels, the image's area being the measure.
        random: against pixels placed at random on the object.
        others: against the perturbations of other images of the same group.
        centre: against the share inside a centred disc of the part's area.
    """

    part: str
    n: int
    share: float
    area: float
    of_object: Estimate
    of_image: Estimate
    random: Baseline
    others: Baseline
    centre: Baseline


def enrichment_of(
    part: str,
    weights: Float[np.ndarray, "n h w"],
    parts: Bool[np.ndarray, "n h w"],
    objects: Bool[np.ndarray, "n h w"],
    groups: Int[np.ndarray, " n"],
    seed: int = 0,
) -> Enrichment:
    """Return the enrichment of a part.

    Args:
        part: its name.
        weights: of each pixel, 0 or more: 1 where it was changed, or by how much.
        parts, objects: the pixels of the part, and of the object, of each image; what of the part lies
            outside the object does not count. Images without a part, an object or a weight on the object are
            left out.
        groups: which images may stand in for one another: those of a class.
        seed: of the random draws.
    """
    parts, everywhere = parts & objects, np.ones_like(objects)
    usable = parts.any((1, 2)) & ((weights * objects).sum((1, 2)) > 0)
    weights, parts, objects, groups = weights[usable], parts[usable], objects[usable], groups[usable]
    everywhere = everywhere[usable]
    rng, n = np.random.default_rng(seed), len(weights)
    on_part, on_object = ((weights * mask).sum((1, 2)) for mask in (parts, objects))
    area = parts.sum((1, 2)) / objects.sum((1, 2)).clip(1)
    shares, of_weights = on_part / on_object, on_part / weights.sum((1, 2))
    outlines = [(parts, objects), *((resized(parts, by), resized(objects, by)) for by in (1, -1))]
    of_object = [enrichment_of_each(weights, part, whole) for part, whole in outlines]
    of_image = [enrichment_of_each(weights, part & whole, everywhere) for part, whole in outlines]
    return Enrichment(
        part=part,
        n=n,
        share=float(shares.mean()) if n else math.nan,
        area=float(area.mean()) if n else math.nan,
        of_object=_mean_over_outlines(of_object),
        of_image=_mean_over_outlines(of_image),
        random=_against_random(weights, parts, objects, shares, area, rng),
        others=_against_others(weights, parts, groups, rng),
        centre=_against_centre(weights, parts, of_weights, rng),
    )


def enrichment_of_each(
    weights: Float[np.ndarray, "n h w"],
    parts: Bool[np.ndarray, "n h w"],
    objects: Bool[np.ndarray, "n h w"],
) -> Float[np.ndarray, " n"]:
    """Return the enrichment of a part in each image, the object's area being the measure.

    Args:
        weights, parts, objects: as for :func:`enrichment_of`.

    Returns:
        NaN where an image has no part, no object or no weight on the object.
    """
    parts = parts & objects
    with np.errstate(invalid="ignore", divide="ignore"):
        shares = (weights * parts).sum((1, 2)) / (weights * objects).sum((1, 2))
        each: Float[np.ndarray, " n"] = shares / (parts.sum((1, 2)) / objects.sum((1, 2)))
    return each


def corrected(found: Sequence[Enrichment]) -> tuple[Enrichment, ...]:
    """Return the same with the p-values of each baseline corrected by Holm's method for several parts."""
    for name in ("random", "others", "centre"):
        baselines = [getattr(each, name) for each in found]
        tested = [each.p for each in baselines if not math.isnan(each.p)]
        new = iter(holm(tested))
        found = [
            replace(each, **{name: replace(old, p=old.p if math.isnan(old.p) else next(new))})
            for each, old in zip(found, baselines, strict=True)
        ]
    return tuple(found)


def two_sided(observed: float, null: Float[np.ndarray, " draws"]) -> float:
    """Return the p-value of a statistic, given draws of it under the null hypothesis; ties count half."""
    above, below = (null > observed + _EQUAL).sum(), (null < observed - _EQUAL).sum()
    ties = len(null) - above - below
    return float(min(1.0, 2 * (1 + min(above, below) + ties / 2) / (1 + len(null))))


def _mean_over_outlines(each: Sequence[Float[np.ndarray, " n"]]) -> Estimate:
    """Return the mean over images, its interval over outlines too; NaN where an outline has no enrichment."""
    first, *others = ([value for value in values.tolist() if not math.isnan(value)] for values in each)
    return estimate_mean(first, others)


def _against_random(
    weights: Float[np.ndarray, "n h w"],
    parts: Bool[np.ndarray, "n h w"],
    objects: Bool[np.ndarray, "n h w"],
    shares: Float[np.ndarray, " n"],
    area: Float[np.ndarray, " n"],
    rng: np.random.Generator,
) -> Baseline:
    """Place the weights of each image on random pixels of its object."""
    if len(weights) == 0:
        return Baseline(0, estimate_mean([]), math.nan)
    null = np.zeros(DRAWS)
    for weight, part, whole, expected in zip(weights, parts, objects, area, strict=True):
        moved = weight[whole & (weight > 0)]
        inside = rng.hypergeometric(int(part.sum()), int((whole & ~part).sum()), len(moved), size=DRAWS)
        null += _sums_of_drawn(moved, inside, rng) / moved.sum() / expected
    return Baseline(
        len(weights),
        estimate_mean((shares - area).tolist()),
        two_sided(float((shares / area).sum()), null),
    )


def _sums_of_drawn(
    weights: Float[np.ndarray, " k"], counts: Int[np.ndarray, " draws"], rng: np.random.Generator
) -> Float[np.ndarray, " draws"]:
    """Return, for each count, the sum of so many weights drawn without replacement."""
    if len(weights) > MOST_SHUFFLED and (weights == weights[0]).all():
        return np.asarray(counts * weights[0])
    sums = np.zeros(len(counts))
    at_once = max(1, MOST_AT_ONCE // len(weights))
    for first in range(0, len(counts), at_once):
        some = counts[first : first + at_once]
        drawn = rng.permuted(np.tile(weights, (len(some), 1)), axis=1).cumsum(1)
        sums[first : first + at_once] = np.where(some > 0, drawn[np.arange(len(some)), some - 1], 0)
    return sums


def _against_others(
    weights: Float[np.ndarray, "n h w"],
    parts: Bool[np.ndarray, "n h w"],
    groups: Int[np.ndarray, " n"],
    rng: np.random.Generator,
) -> Baseline:
    """Exchange the perturbations of the images of each group; images alone in theirs are left out."""
    kept = np.array([np.count_nonzero(groups == group) > 1 for group in groups], dtype=bool)
    weights, parts, groups = weights[kept], parts[kept], groups[kept]
    if len(weights) == 0:
        return Baseline(0, estimate_mean([]), math.nan)
    flat = (weights / weights.sum((1, 2), keepdims=True)).reshape(len(weights), -1)
    inside = parts.reshape(len(parts), -1).astype(flat.dtype) @ flat.T  # [part of, perturbation of]
    own, everyone = np.diag(inside), np.arange(len(groups))
    peers = (groups[:, None] == groups) & ~np.eye(len(groups), dtype=bool)
    gains = own - (inside * peers).sum(1) / peers.sum(1)
    order = np.argsort(groups, kind="stable")
    null = np.empty(DRAWS)
    for draw in range(DRAWS):
        shuffled = np.lexsort((rng.random(len(groups)), groups))
        partners = np.empty_like(everyone)
        partners[order] = shuffled
        null[draw] = inside[everyone, partners].mean()
    return Baseline(len(weights), estimate_mean(gains.tolist()), two_sided(float(own.mean()), null))


def _against_centre(
    weights: Float[np.ndarray, "n h w"],
    parts: Bool[np.ndarray, "n h w"],
    shares: Float[np.ndarray, " n"],
    rng: np.random.Generator,
) -> Baseline:
    """Compare with a centred disc as large as the part; under the null either may be called the part."""
    if len(weights) == 0:
        return Baseline(0, estimate_mean([]), math.nan)
    discs = np.stack([central_pixels(part.shape, float(part.mean())) for part in parts])
    gains = shares - (weights * discs).sum((1, 2)) / weights.sum((1, 2))
    signs = rng.choice((-1.0, 1.0), size=(DRAWS, len(gains)))
    return Baseline(
        len(gains), estimate_mean(gains.tolist()), two_sided(float(gains.mean()), signs @ gains / len(gains))
    )
