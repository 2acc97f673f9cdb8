"""What the curves of a sweep show, in sentences and in numbers, beside what the paper says."""

import math
from collections.abc import Callable, Mapping, Sequence

import pandas as pd
import streamlit as st

from sparsefool.analysis.delta_boxes import outside_box, stopped_by_delta
from sparsefool.analysis.statistics import Estimate
from sparsefool.analysis.survivors import FEWEST_FOOLED, LEAST_SHARE, Sparsity, sparsity_by
from sparsefool.formats import compact, percent, with_interval
from sparsefool.view.shared.glossary import explain_columns
from sparsefool.zoo.specs import find_spec

NOT_REACHED = "not reached"
"""What is said of a median over all images where no more than half are fooled."""

_WORDS = {
    "fooled": "fooled",
    "rate, %": "fooling_rate",
    "pixels, %: over the fooled": "median",
    "over all": "median",
    "iterations": "iteration",
    "forwards": "pass",
    "backwards": "pass",
}
"""The word of the glossary for each column of the table."""

FLAT_FROM = 25.0
"""δ from which on the paper finds the sparsity almost constant (Section 4.2)."""

SYMBOLS = {"delta": "δ", "lambda_": "λ"}

PAPER = {
    "delta": "The paper (Section 4.2, ResNet-101 on ImageNet) finds every image fooled at any δ, and from "
    f"δ ≈ {FLAT_FROM:g} on almost the same number of pixels.",
    "lambda_": "In the paper (Figure 4, Inception-v3 on ImageNet), a larger λ fools more images, changes "
    "more pixels and takes fewer iterations.",
}

EXPLANATION = (
    f"Over the fooled images, there is a line where at least {percent(LEAST_SHARE)} and {FEWEST_FOOLED} "
    "images are fooled. A hollow circle is the median of fewer, the easier ones, and cannot be compared with "
    "the others. Over all images, one that is not fooled counts as more pixels than any other, so the median "
    "is not reached where no more than half are fooled. Bands and brackets: 95 % intervals, none where there "
    "are too few images."
)


def measured(estimate: Estimate, unit: str) -> str:
    """Return a number, with its interval in brackets if it has one."""
    if math.isinf(estimate.value):
        return NOT_REACHED
    return with_interval(estimate, _number, unit)


def _number(value: float) -> str:
    return NOT_REACHED if math.isinf(value) else compact(value)


def headline(rows: pd.DataFrame, axis: str) -> str:
    """Return what a sweep shows of its first network, in a sentence; takes what `show_findings` takes."""
    model, own = next(iter(rows.groupby("model", sort=False)))
    points = {float(str(key[0])): each for key, each in sparsity_by(own.sort_values(axis), (axis,)).items()}
    reached = {value: each for value, each in points.items() if each.reached}
    if not reached:
        return f"{find_spec(str(model)).title}: no {SYMBOLS[axis]} fools half of the pictures."
    ends = sorted({min(reached), max(reached)})
    clauses = [
        f"{_number(reached[value].over_all.value)} % of the pixels at {SYMBOLS[axis]} = {value:g}"
        for value in ends
    ]
    title, n = find_spec(str(model)).title, points[min(points)].summary.n
    return f"{title}, {n} pictures: half of them are fooled with at most {' and '.join(clauses)}."


def show_findings(rows: pd.DataFrame, axis: str) -> None:
    """Draw a sentence or two on each network and, below them, all numbers.

    Args:
        rows: as for :func:`~sparsefool.view.perceptibility.sweep_charts.sweep_figure`.
        axis: likewise.
    """
    for model, group in rows.groupby("model", sort=False):
        for line in sentences(find_spec(str(model)).title, group, axis):
            st.markdown(f"- {line}")
    st.markdown(f"- {PAPER[axis]}")
    st.caption(EXPLANATION)
    with st.expander("All numbers", icon=":material/table:"):
        st.dataframe(
            numbers_table(rows, axis),
            hide_index=True,
            column_config=explain_columns(_WORDS | {SYMBOLS[axis]: axis.rstrip("_")}),
            alt=f"For each network and {SYMBOLS[axis]}: all numbers.",
        )
        st.caption(
            "An image's seconds are its share, by passes, of the time of its batch: their interval is over "
            "batches, and there is none for few of them."
        )
    show_boxes(rows)


def show_boxes(rows: pd.DataFrame) -> None:
    """Draw whether any value has left its δ box."""
    outside = outside_box(rows)
    checked = f"checked on all {len(rows):,} stored images, as floats and as 8-bit levels"
    if outside:
        st.error(f"{outside} images have a value outside its δ box ({checked}).", title="δ was exceeded")
    else:
        st.caption(f"No value left its δ box: {checked}.")


def sentences(network: str, rows: pd.DataFrame, axis: str) -> Sequence[str]:
    """Return what the rows of one network show over ``axis``.

    Fooling rate and both medians are always told together: neither says anything without the other.
    """
    symbol = SYMBOLS[axis]
    points = {float(str(key)): each for (key,), each in sparsity_by(rows.sort_values(axis), (axis,)).items()}
    from_ = {value: each for value, each in points.items() if axis != "delta" or value >= FLAT_FROM}
    ends = from_ if len(from_) > 1 else points
    over_fooled = _change(ends, lambda each: measured(each.summary.percent, " %"))
    over_all = _change(ends, lambda each: measured(each.over_all, " %"))
    medians = (
        f"median of the changed pixels, over all images as over the fooled: {over_all}"
        if over_all == over_fooled
        else f"median of the changed pixels over the fooled: {over_fooled}; over all images: {over_all}"
    )
    iterations = _change(ends, lambda each: measured(each.summary.iterations, ""))
    said = [
        f"**{network}**, {symbol} = {min(ends):g} → {max(ends):g}. Fooled: {_change(ends, _rate)}; {medians}"
        + (f"; iterations: {iterations}." if axis == "lambda_" else ".")
    ]
    marked = [f"{value:g}" for value, each in points.items() if each.summary.fooled and not each.comparable]
    never = [f"{value:g}" for value, each in points.items() if not each.summary.fooled]
    if marked:
        said.append(
            f"{network}: too few images are fooled to compare medians at {symbol} = {', '.join(marked)}."
        )
    if never:
        said.append(f"{network}: no image is fooled at {symbol} = {', '.join(never)}, so there is no median.")
    stopped = stopped_by_delta(rows) if axis == "delta" else {}
    limited = [f"{percent(share)} (δ = {value:g})" for value, share in stopped.items() if value in ends]
    if limited:
        said.append(
            f"{network}: share of the changed values that δ itself limited, of the fooled images: "
            f"{', '.join(limited)}. Where it is small, a larger δ cannot change much."
        )
    return said


def numbers_table(rows: pd.DataFrame, axis: str) -> pd.DataFrame:
    """Return a line for each network and value of ``axis``, each number with its interval as text."""
    points = sparsity_by(rows.sort_values(axis), ("model", axis))
    return pd.DataFrame(
        {
            "network": [find_spec(str(model)).title for model, _ in points],
            SYMBOLS[axis]: [f"{value:g}" for _, value in points],
            "fooled": [f"{each.summary.fooled} of {each.summary.n}" for each in points.values()],
            "rate, %": [measured(each.summary.fooling_rate.times(100), "") for each in points.values()],
            "pixels, %: over the fooled": [measured(each.summary.percent, "") for each in points.values()],
            "over all": [measured(each.over_all, "") for each in points.values()],
            "iterations": [measured(each.summary.iterations, "") for each in points.values()],
            "forwards": [measured(each.summary.forwards, "") for each in points.values()],
            "backwards": [measured(each.summary.backwards, "") for each in points.values()],
            "seconds": [measured(each.summary.seconds, "") for each in points.values()],
        }
    )


def _rate(point: Sparsity) -> str:
    summary = point.summary
    return f"{summary.fooled} of {summary.n}, {measured(summary.fooling_rate.times(100), ' %')}"


def _change(points: Mapping[float, Sparsity], text: Callable[[Sparsity], str]) -> str:
    first, last = text(points[min(points)]), text(points[max(points)])
    return first if first == last else f"{first} → {last}"
