"""The conclusions of *Paper and here*, computed again from the rows: what is measured, and what it says."""

import math
from dataclasses import dataclass
from functools import cache

import pandas as pd

from tests.independent import figures, rows
from tests.independent.figures import Figure
from tests.independent.rows import NETWORKS

BUSY = 1.25
"""Programs per core above which seconds say nothing."""

ORDINARY, ROBUST = "cifar10/resnet18", "cifar10/resnet18-linf"


@dataclass(frozen=True)
class Conclusion:
    """What was measured of one conclusion on one network.

    Attributes:
        figure: a ratio, or a rate in percent.
        n: images, or batches of them, that it is of.
        verdicts: all that may be said of it, given the error of resampling.
        p: between what the p-value lies, before Holm's correction; NaN where there is none.
        count: of a rate.
        passes: forwards and backwards of both attacks, where times are compared.
    """

    figure: Figure
    n: int
    verdicts: frozenset
    p: tuple[float, float] = (math.nan, math.nan)
    count: int = 0
    passes: tuple[float, ...] = ()


@cache
def conclusions() -> dict[tuple[str, str], Conclusion]:
    """Every conclusion for which there are rows, by the network's title and the text."""
    found = {}
    for name in rows.DATASETS:
        compared = rows.comparison(name)
        for model in rows.networks(name):
            own = {title: each for (network, title), each in compared.items() if network == model}
            for text, each in {**_against(own, name), **_clipping(own)}.items():
                found[NETWORKS[model], text] = each
        if (ORDINARY, "SparseFool") in compared and (ROBUST, "SparseFool") in compared:
            text = "The adversarially trained network needs more pixels than the ordinary one"
            found[NETWORKS[ROBUST], text] = _pixels(
                *(compared[each, "SparseFool"] for each in (ROBUST, ORDINARY))
            )
    return found


def _against(own: dict[str, pd.DataFrame], name: str) -> dict[str, Conclusion]:
    """What is concluded of other attacks beside SparseFool."""
    found = {}
    ours = own.get("SparseFool")
    if ours is None:
        return {}
    if "JSMA" in own:
        found["JSMA changes more pixels than SparseFool"] = _pixels(own["JSMA"], ours)
        found["JSMA takes longer than SparseFool"] = _times(own["JSMA"], ours, name)
    if "One-pixel attack" in own:
        denser = name == "mnist"  # by Table 1
        text = f"The one-pixel attack changes {'more' if denser else 'fewer'} pixels than SparseFool"
        found[text] = _pixels(own["One-pixel attack"], ours, denser)
        other, same = figures.both_fooled(own["One-pixel attack"], ours)
        ratio = figures.ratio(other["forwards"], same["forwards"])
        text = "The one-pixel attack needs at least 100 times as many forwards"
        found[text] = Conclusion(ratio, len(same), frozenset(ratio.sides_of(100)))
    if "Random noise" in own:
        text = "Random noise of the same size fools less than half of what SparseFool fools"
        found[text] = _less_than_half(own["Random noise"], ours, "fooling_label_8bit")
    return found


def _clipping(own: dict[str, pd.DataFrame]) -> dict[str, Conclusion]:
    free = own.get("ℓ1-DeepFool, unclipped")
    if free is None:
        return {}
    ways = {"at the end": "ℓ1-DeepFool, clipped at the end", "inside the loop": "ℓ1-DeepFool, clipped inside"}
    return {
        f"Clipping {where} loses more than half of what ℓ1-DeepFool fools": _less_than_half(
            own[title], free, "fooling_label"
        )
        for where, title in ways.items()
        if title in own
    }


def _pixels(other: pd.DataFrame, ours: pd.DataFrame, more: bool = True) -> Conclusion:
    other, ours = figures.both_fooled(other, ours)
    one, two = (tuple(each["pixels_8bit"].tolist()) for each in (other, ours))
    ratio = figures.ratio(one, two)
    verdicts = (
        ratio.sides_of(1) if more else {None if each is None else not each for each in ratio.sides_of(1)}
    )
    return Conclusion(ratio, len(one), frozenset(verdicts), figures.swap_p(one, two))


def _times(other: pd.DataFrame, ours: pd.DataFrame, name: str) -> Conclusion:
    size = math.lcm(int(other["batch"].max()), int(ours["batch"].max()))
    sums = pd.concat([figures.batch_sums(each, size) for each in (other, ours)], axis=1, join="inner")
    ratio = figures.ratio(sums.iloc[:, 0], sums.iloc[:, 1])
    several = len({*other["device"], *ours["device"]}) > 1
    unclear = several or _load(name) > BUSY
    passes = [each[column].mean() for each in (other, ours) for column in ("forwards", "backwards")]
    verdicts = {None} if unclear else ratio.sides_of(1)
    return Conclusion(ratio, len(sums), frozenset(verdicts), passes=tuple(passes))


def _load(name: str) -> float:
    """The largest load per core while the attacks of a comparison were measured."""
    parts = [rows.compared(model, title) for model, title in rows.comparison(name)]
    return max(each.provenance["load_per_core"] or 0 for each in parts)


def _less_than_half(other: pd.DataFrame, ours: pd.DataFrame, label: str) -> Conclusion:
    count, n = figures.loses(other, ours, label)
    rate = figures.rate(count, n)
    verdicts = {None if each is None else not each for each in rate.sides_of(0.5)}
    return Conclusion(rate.times(100), n, frozenset(verdicts), count=count)


def corrected(found: dict[tuple[str, str], Conclusion]) -> dict[tuple[str, str], tuple[float, float]]:
    """Between what each p-value lies after Holm's correction for all that are tested."""
    tested = [key for key, each in found.items() if not math.isnan(each.p[0])]
    ends = [figures.holm([found[key].p[end] for key in tested]) for end in (0, 1)]
    return dict(zip(tested, zip(*ends, strict=True), strict=True))
