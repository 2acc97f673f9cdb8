"""Whether the place of a perturbation depends on the fooling class, given the original one (Figure 9)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Bool, Float, Int

from sparsefool.analysis.enrichment import DRAWS
from sparsefool.analysis.findings.smoothed_maps import smoothed_maps
from sparsefool.analysis.findings.tables import FindingTable
from sparsefool.analysis.statistics import holm
from sparsefool.experiments.pixel_masks import changed_pixels

if TYPE_CHECKING:
    import pandas as pd

FEWEST = 5
"""Fewest images of a fooling class, and of the others, for it to be compared with them."""

ANY = -1
"""Stands for all original classes, or all fooling classes, together."""


@dataclass(frozen=True)
class FoolingClassFinding:
    """Whether perturbations lie elsewhere when they lead to another class.

    With ``fooling`` = :data:`ANY`, the question is whether the place depends on the fooling class at all: the
    effect is the share of the variation of the smoothed maps that the fooling class explains (R² of a
    permutational analysis of variance). Otherwise perturbations that lead to this class are compared with
    those of the same original classes that lead elsewhere: the effect is the total variation between both
    mean smoothed maps, of several original classes in the mean over the images that lead there.

    Attributes:
        model: the network.
        original: the class of the original; :data:`ANY` for all of them together.
        fooling: the fooling class, or :data:`ANY`.
        n: images that lead to this fooling class; of ``ANY`` all that are compared.
        others: images of the same original classes that lead elsewhere; of ``ANY`` 0.
        effect: from 0 to 1.
        chance: the mean effect when the fooling classes are exchanged among the images of a class.
        p: of there being no effect.
        p_corrected: by Holm's method, for all classes of the network, for all its pairs of classes, or for
            all fooling classes of any original.
    """

    model: str
    original: int
    fooling: int
    n: int
    others: int
    effect: float
    chance: float
    p: float
    p_corrected: float


FOOLING_CLASS_FINDINGS = FindingTable("fooling-classes", FoolingClassFinding)


@dataclass(frozen=True, eq=False)
class PairMaps:
    """Where perturbations of one class lie that lead to a fooling class, and those that lead elsewhere.

    Attributes:
        density, others: the mean smoothed maps; each sums to 1.
        images: numbers of those that lead there, the one that shows the difference most first.
    """

    density: Float[np.ndarray, "h w"]
    others: Float[np.ndarray, "h w"]
    images: tuple[int, ...]


def find_fooling_classes(
    rows: "pd.DataFrame", model: str, draws: int = DRAWS, seed: int = 0
) -> Sequence[FoolingClassFinding]:
    """Return the findings on one network: of each class, of each pair of classes, and of all together.

    Pairs of which fewer than :data:`FEWEST` images are at hand are left out.

    Args:
        rows: the attack's on that network.
        model: the network.
        draws: permutations of each test.
        seed: of the permutations.
    """
    fooled = rows[rows["success_8bit"]]
    maps = smoothed_maps(changed_pixels(fooled, model)).reshape(len(fooled), -1)
    original, fooling = fooled["predicted"].to_numpy(), fooled["fooling_label_8bit"].to_numpy()
    rng = np.random.default_rng(seed)
    shuffled = shuffled_within(original, draws, rng)
    classes, pairs = list[FoolingClassFinding](), list[FoolingClassFinding]()
    for label in np.unique(original):
        inside = np.flatnonzero(original == label)
        known = [k for k in np.unique(fooling[inside]) if (fooling[inside] == k).sum() > 1]
        kept = inside[np.isin(fooling[inside], known)]
        if len(known) > 1:
            effect, null = _explained(maps[kept], fooling[kept], draws, rng)
            classes.append(_finding(model, int(label), ANY, len(kept), 0, effect, null))
        for target in known:
            one = _pair(maps, original, fooling, shuffled, model, int(label), int(target))
            pairs += [one] if one is not None else []
    together = [
        _pair(maps, original, fooling, shuffled, model, ANY, int(target)) for target in np.unique(fooling)
    ]
    return [
        *_corrected(classes),
        *_corrected(pairs),
        *_corrected([one for one in together if one is not None]),
    ]


def pair_maps(rows: "pd.DataFrame", model: str, original: int, fooling: int) -> PairMaps:
    """Return the smoothed maps of a pair of classes; no test is run.

    Args:
        rows: the attack's on that network.
        model: the network.
        original: the class of the originals.
        fooling: the fooling class; there is an image that leads there, and one that leads elsewhere.
    """
    fooled = rows[rows["success_8bit"] & (rows["predicted"] == original)]
    maps = smoothed_maps(changed_pixels(fooled, model))
    there = (fooled["fooling_label_8bit"] == fooling).to_numpy()
    total, others = maps[there].sum(0), maps[~there].mean(0)
    n = int(there.sum())
    rest = (total - maps[there]) / (n - 1) if n > 1 else np.broadcast_to(total, maps[there].shape)
    shown = (maps[there] * (rest - others)).sum((1, 2))
    order = np.argsort(-shown, kind="stable")
    return PairMaps(total / n, others, tuple(int(each) for each in fooled["image"].to_numpy()[there][order]))


def _explained(
    maps: Float[np.ndarray, "n pixels"], labels: Int[np.ndarray, " n"], draws: int, rng: np.random.Generator
) -> tuple[float, Float[np.ndarray, " draws"]]:
    """Return the share of the variation between maps that labels explain, and that of shuffled labels."""
    centred = maps - maps.mean(0)
    gram = centred @ centred.T
    members = (labels[:, None] == np.unique(labels)).astype(np.float64)

    def between(chosen: Float[np.ndarray, "n labels"]) -> float:
        return float((((gram @ chosen) * chosen).sum(0) / chosen.sum(0)).sum())

    null = np.array([between(members[rng.permutation(len(members))]) for _ in range(draws)])
    total = np.trace(gram)
    return float(between(members) / total), null / total


def _pair(
    maps: Float[np.ndarray, "n pixels"],
    original: Int[np.ndarray, " n"],
    fooling: Int[np.ndarray, " n"],
    shuffled: Int[np.ndarray, "draws n"],
    model: str,
    label: int,
    target: int,
) -> FoolingClassFinding | None:
    """Compare perturbations that lead to a class with those of the same original classes that do not."""
    there = fooling == target
    labels = np.unique(original[there]) if label == ANY else np.array([label])
    strata = [np.flatnonzero(original == each) for each in labels if each != target]
    strata = [inside for inside in strata if 0 < there[inside].sum() < len(inside)]
    n = sum(int(there[inside].sum()) for inside in strata)
    others = sum(len(inside) for inside in strata) - n
    if min(n, others) < FEWEST:
        return None

    def effects(chosen: Bool[np.ndarray, "draws n"]) -> Float[np.ndarray, " draws"]:
        total = np.zeros(len(chosen))
        for inside in strata:
            here = chosen[:, inside].astype(np.float64)
            count = here.sum(1, keepdims=True)
            gap = here @ maps[inside] / count - (1 - here) @ maps[inside] / (len(inside) - count)
            total += count[:, 0] * np.abs(gap).sum(1) / 2
        found: Float[np.ndarray, " draws"] = total / n
        return found

    effect = float(effects(there[None])[0])
    return _finding(model, label, target, n, others, effect, effects(there[shuffled]))


def shuffled_within(
    groups: Int[np.ndarray, " n"], draws: int, rng: np.random.Generator
) -> Int[np.ndarray, "draws n"]:
    """Return permutations that exchange images within their groups alone."""
    found = np.tile(np.arange(len(groups)), (draws, 1))
    for group in np.unique(groups):
        inside = np.flatnonzero(groups == group)
        found[:, inside] = rng.permuted(np.tile(inside, (draws, 1)), axis=1)
    return found


def _finding(
    model: str,
    original: int,
    fooling: int,
    n: int,
    others: int,
    effect: float,
    null: Float[np.ndarray, " draws"],
) -> FoolingClassFinding:
    p = (1 + int((null >= effect - 1e-12).sum())) / (1 + len(null))
    return FoolingClassFinding(model, original, fooling, n, others, effect, float(null.mean()), p, p)


def _corrected(found: Sequence[FoolingClassFinding]) -> Sequence[FoolingClassFinding]:

    new = holm([each.p for each in found])
    return [replace(each, p_corrected=p) for each, p in zip(found, new, strict=True)]
