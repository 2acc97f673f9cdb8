"""The conclusions of the paper, tested on what is measured here."""

import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from sparsefool.analysis.paper.figures import PAPER_FIGURES, STATED_RATIOS, PaperFigure
from sparsefool.analysis.statistics import Estimate, estimate_rate, estimate_ratio, holm, permutation_p
from sparsefool.analysis.summaries import batch_seconds
from sparsefool.formats import significant, with_interval
from sparsefool.store.tables import Table
from sparsefool.zoo.specs import find_spec

if TYPE_CHECKING:
    import pandas as pd

ORDINARY, ROBUST = "cifar10/resnet18", "cifar10/resnet18-linf"
MANY_TIMES = 100
"""How many times as many forwards the one-pixel attack needs at least, by Section 4.2."""

SIGNIFICANT = 0.05


@dataclass(frozen=True)
class Claim:
    """One conclusion, for one network.

    Attributes:
        model: the network here.
        text: the conclusion.
        paper: what the paper says of it; what it says of other networks names them; empty where it says
            nothing.
        here: what was measured here, with its n and 95 % interval.
        holds: whether the interval lies wholly on the side of the conclusion, or wholly on the other; None
            where it lies on both, or where the corrected p-value is not below :data:`SIGNIFICANT`.
        doubt: with what it cannot be told, where ``holds`` is None: ``"with n = 20"``.
        p: of the paired permutation test, corrected by Holm's method for all tests of
            :func:`check_claims`; NaN where there is none.
    """

    model: str
    text: str
    paper: str
    here: str
    holds: bool | None
    doubt: str
    p: float = math.nan


def check_claims(tables: Mapping[str, Table], busy: Collection[str] = ()) -> Sequence[Claim]:
    """Return the paper's conclusions on every network for which enough was measured.

    Whatever is compared is compared on the same images.

    Args:
        tables: of comparisons, by data set.
        busy: data sets that were measured while other programs used the machine; their seconds do not count.
    """
    measured = _rows_by_network(tables)
    claims: list[Claim] = []
    for model, rows in measured.items():
        if "SparseFool" in rows:
            claims += _against_jsma(model, rows, model.partition("/")[0] in busy)
            claims += _against_one_pixel(model, rows)
            claims += _against_noise(model, rows)
        claims += _clipping(model, rows)
    return _corrected([*claims, *_robust(measured)])


def _rows_by_network(tables: Mapping[str, Table]) -> Mapping[str, Mapping[str, "pd.DataFrame"]]:
    """Return the rows of each attack on each network, by the number of the image."""
    found: dict[str, dict[str, pd.DataFrame]] = {}
    for table in tables.values():
        for (model, attack), rows in table.rows.groupby(["model", "attack"], sort=False):
            found.setdefault(str(model), {})[str(attack)] = rows.set_index("image", drop=False)
    return found


def _against_jsma(model: str, rows: Mapping[str, "pd.DataFrame"], busy: bool) -> Iterator[Claim]:
    if "JSMA" in rows:
        ours, jsma = rows["SparseFool"], rows["JSMA"]
        text = "JSMA changes more pixels than SparseFool"
        yield _more_pixels(model, text, _paper_ratio(model, "JSMA", "pixels"), jsma, ours)
        yield _longer(model, "JSMA takes longer than SparseFool", jsma, ours, busy)


def _against_one_pixel(model: str, rows: Mapping[str, "pd.DataFrame"]) -> Iterator[Claim]:
    attack = "One-pixel attack"
    if attack in rows:
        ours, other = rows["SparseFool"], rows[attack]
        denser = _denser_in_the_paper(find_spec(model).dataset, attack)
        text = f"The one-pixel attack changes {'more' if denser else 'fewer'} pixels than SparseFool"
        yield _more_pixels(model, text, _paper_ratio(model, attack, "pixels"), other, ours, denser)
        other, ours = _both_fooled(other, ours)
        forwards = estimate_ratio(other["forwards"].tolist(), ours["forwards"].tolist())
        on_cifar10 = _paper(model, attack) and find_spec(model).dataset == "cifar10"
        yield Claim(
            model,
            f"The one-pixel attack needs at least {MANY_TIMES} times as many forwards",
            "2 orders of magnitude" if on_cifar10 else "",
            _times(forwards, f"n = {len(ours)} that both fool"),
            _above(forwards, MANY_TIMES),
            f"with n = {len(ours)}",
        )


def _against_noise(model: str, rows: Mapping[str, "pd.DataFrame"]) -> Iterator[Claim]:
    if "Random noise" in rows:
        figures = [figure for figure in PAPER_FIGURES if figure.attack == "Random noise"]
        rates = ", ".join(f"{figure.fooling_rate:g}" for figure in figures)
        own = [figure for figure in figures if figure.model == model]
        yield _less_than_half(
            model,
            "Random noise of the same size fools less than half of what SparseFool fools",
            f"{own[0].fooling_rate:g} % against 100 %" if own else f"ImageNet: {rates} % against 100 %",
            rows["Random noise"],
            rows["SparseFool"],
            "success_8bit",
        )


def _clipping(model: str, rows: Mapping[str, "pd.DataFrame"]) -> Iterator[Claim]:
    free = rows.get("ℓ1-DeepFool, unclipped")
    ways = (
        ("at the end", "ℓ1-DeepFool, clipped at the end", "almost 100 % falls to 13 %"),
        ("inside the loop", "ℓ1-DeepFool, clipped inside", "does not improve the results"),
    )
    for where, attack, said in ways:
        if free is not None and attack in rows:
            text = f"Clipping {where} loses more than half of what ℓ1-DeepFool fools"
            paper = said if model == "imagenet/vgg16" else f"VGG-16: {said}"
            yield _less_than_half(model, text, paper, rows[attack], free, "success")


def _robust(measured: Mapping[str, Mapping[str, "pd.DataFrame"]]) -> Iterator[Claim]:
    ordinary, robust = (measured.get(model, {}).get("SparseFool") for model in (ORDINARY, ROBUST))
    if ordinary is not None and robust is not None:
        paper = _ratio(_paper(ROBUST, "SparseFool"), _paper(ORDINARY, "SparseFool"), "pixels")
        text = "The adversarially trained network needs more pixels than the ordinary one"
        yield _more_pixels(ROBUST, text, _in_times(paper), robust, ordinary)


def _more_pixels(
    model: str, text: str, paper: str, other: "pd.DataFrame", ours: "pd.DataFrame", more: bool = True
) -> Claim:
    """Return the claim that one attack needs more pixels than another, or fewer, where both fool."""
    other, ours = _both_fooled(other, ours)
    pixels = other["pixels_8bit"].tolist(), ours["pixels_8bit"].tolist()
    ratio, n = estimate_ratio(*pixels), len(ours)
    larger = _above(ratio, 1)
    holds = larger if more or larger is None else not larger
    p = permutation_p(*map(tuple, pixels))
    return Claim(model, text, paper, _times(ratio, f"n = {n} that both fool"), holds, f"with n = {n}", p)


def _longer(model: str, text: str, other: "pd.DataFrame", ours: "pd.DataFrame", busy: bool) -> Claim:
    """Return the claim that an attack takes longer than another, by the times of batches of images."""
    size = math.lcm(int(other["batch"].max()), int(ours["batch"].max()))
    times = batch_seconds(other, size).to_frame("other").join(batch_seconds(ours, size), how="inner")
    ratio, n = estimate_ratio(times["other"].tolist(), times["sum"].tolist()), len(times)
    devices = {*other["device"], *ours["device"]} if "device" in other else set()
    holds, doubt = _above(ratio, 1), f"with n = {n} batches"
    if busy or len(devices) > 1:
        holds, doubt = None, "on a busy machine" if busy else "on two devices"
    passes = " against ".join(_passes(rows) for rows in (other, ours))
    here = f"{_times(ratio, f'n = {n} batches of {size} images')}; passes for each image: {passes}"
    return Claim(model, text, _paper_ratio(model, "JSMA", "seconds"), here, holds, doubt)


def _less_than_half(
    model: str, text: str, paper: str, other: "pd.DataFrame", ours: "pd.DataFrame", success: str
) -> Claim:
    """Return the claim that of the images that one attack fools, another one fools less than half."""
    common = ours.index[ours[success]].intersection(other.index)
    fooled, n = int(other.loc[common, success].sum()), len(common)
    rate = estimate_rate(fooled, n)
    holds = _above(rate, 0.5)
    found = f"{fooled:,} of {n:,} = {with_interval(rate.times(100), '.1f', ' %')}"
    here = found if n else "none fooled"
    return Claim(model, text, paper, here, holds if holds is None else not holds, f"with n = {n}")


def _both_fooled(one: "pd.DataFrame", other: "pd.DataFrame") -> tuple["pd.DataFrame", "pd.DataFrame"]:
    """Return the rows of the images that were fooled in both, as 8-bit images."""
    both = one.index[one["success_8bit"]].intersection(other.index[other["success_8bit"]])
    return one.loc[both], other.loc[both]


def _corrected(claims: Sequence[Claim]) -> Sequence[Claim]:
    """Return the claims with their p-values corrected; what is then not significant cannot be told."""
    tested = [number for number, claim in enumerate(claims) if not math.isnan(claim.p)]
    corrected = list(claims)
    for number, p in zip(tested, holm([claims[number].p for number in tested]), strict=True):
        claim = claims[number]
        corrected[number] = replace(claim, p=p, holds=claim.holds if p < SIGNIFICANT else None)
    return corrected


def _above(estimate: Estimate, limit: float) -> bool | None:
    """Return whether an interval lies above a limit; None where it does not lie on one side of it."""
    low, high = estimate.interval
    return True if low > limit else False if high < limit else None


def _times(ratio: Estimate, sample: str) -> str:
    if math.isnan(ratio.value):
        return "no image that both fool"
    return f"{with_interval(ratio, partial(significant, digits=2), ' times')}, {sample}"


def _passes(rows: "pd.DataFrame") -> str:
    return f"{rows['forwards'].mean():.0f} + {rows['backwards'].mean():.0f}"


def _paper(model: str, attack: str) -> PaperFigure | None:
    return next((each for each in PAPER_FIGURES if (each.model, each.attack) == (model, attack)), None)


def _denser_in_the_paper(dataset: str, attack: str) -> bool:
    """Return whether an attack changes more pixels than SparseFool on the paper's networks of a data set."""
    figures = [
        (each, _paper(each.model, "SparseFool"))
        for each in PAPER_FIGURES
        if each.attack == attack and find_spec(each.model).dataset == dataset
    ]
    return any((_ratio(*pair, "pixels") or 0) > 1 for pair in figures)


def _paper_ratio(model: str, attack: str, measure: str) -> str:
    """Return an attack's measure over SparseFool's in the paper; empty where it lacks one of them."""
    ratio = _in_times(_ratio(_paper(model, attack), _paper(model, "SparseFool"), measure))
    stated = STATED_RATIOS.get((model, attack)) if measure == "pixels" else None
    return f"{ratio} by the table, {stated:g} in the text" if stated else ratio


def _in_times(ratio: float | None) -> str:
    return "" if ratio is None else f"{ratio:.2g} times"


def _ratio(figure: PaperFigure | None, reference: PaperFigure | None, measure: str) -> float | None:
    """Return one figure over the other; None where the paper lacks one of them."""
    values = [getattr(each, measure) for each in (figure, reference) if each]
    return float(values[0] / values[1]) if len(values) == 2 and None not in values else None
