"""Shares of the perturbed pixels inside parts of the image that cover 20 % of it, with intervals."""

from collections.abc import Mapping, Sequence

import plotly.graph_objects as go

from sparsefool.analysis.shares import Shares
from sparsefool.analysis.statistics import FEWEST_FOR_MEAN, estimate_mean
from sparsefool.experiments.pixel_masks import TOP
from sparsefool.formats import counted, interval, listed, percent
from sparsefool.view.shared.dot_chart import Series, dot_figure
from sparsefool.view.shared.palette import AFTER, BEFORE, GREEN, PURPLE

PARTS = {
    "label": ("activation map of the original label", BEFORE, "circle"),
    "fooling": ("activation map of the fooling label", AFTER, "diamond"),
    "elsewhere": ("activation maps of other images", PURPLE, "square"),
    "centre": ("centred disc", GREEN, "x"),
}
"""The parts of the image: their names, colours and symbols."""


def share_figure(shares_by_network: Mapping[str, Shares]) -> go.Figure:
    """Return the mean share of each part for each network, with its 95 % interval and the line of chance."""
    series = []
    for part, (title, colour, symbol) in PARTS.items():
        values: list[Sequence[float]] = [getattr(shares, part) for shares in shares_by_network.values()]
        notes = [f"{len(each)} images" for each in values]
        series.append(Series(title, colour, symbol, list(map(estimate_mean, values)), notes))
    return dot_figure(
        [f"{name}<br>n = {len(shares.centre):,}" for name, shares in shares_by_network.items()],
        series,
        "shares",
        "Share of the perturbed pixels inside a part that covers 20 % of the image",
        (-0.02, 1.02),
        (TOP, f"chance: {percent(TOP)}"),
    )


def share_finding(shares_by_network: Mapping[str, Shares]) -> str:
    """Return where the perturbed pixels of the networks fall, as one sentence."""
    means = {
        title: estimate_mean(shares.label).value
        for title, shares in shares_by_network.items()
        if shares.label
    }
    if not means:
        return "No image is fooled, so there is nothing to count."
    found = listed([f"{percent(mean)} ({title})" for title, mean in means.items()])
    return (
        f"Of the perturbed pixels, {found} lie in the {percent(TOP)} of the image that count most for its "
        f"own label; chance gives {percent(TOP)}."
    )


def share_intervals(shares_by_network: Mapping[str, Shares]) -> str:
    """Return the intervals and the counts of :func:`share_finding`; empty where it has no number."""
    clauses = []
    for title, shares in shares_by_network.items():
        ends = interval(estimate_mean(shares.label).times(100), ".0f", "{} %, ")
        clauses += [f"{title} {ends}n = {len(shares.label):,}"] if shares.label else []
    return f"95 % intervals: {'; '.join(clauses)}." if clauses else ""


def share_sentence(title: str, shares: Shares) -> str:
    """Return a sentence on the shares of one network."""
    n = len(shares.centre)
    if n == 0:
        return f"{title}: no image is fooled, so there is nothing to count."
    parts = (
        (shares.label, "the top 20 % of the activation map of the original label"),
        (shares.fooling, "that of the fooling label"),
        (shares.elsewhere, "those of other images"),
        (shares.centre, "the centred disc"),
    )
    clauses = [f"{_measured(values, n)} in {part}" for values, part in parts if values]
    clauses[0] = clauses[0].replace(" in ", " of the perturbed pixels lie in ", 1)
    images = counted(n, "image")
    few = "" if n >= FEWEST_FOR_MEAN else f" For intervals, {FEWEST_FOR_MEAN} images are needed."
    return f"{title} ({images}): {', '.join(clauses)}; in each, chance gives {percent(TOP)}.{few}"


def _measured(values: Sequence[float], n: int) -> str:
    """Return a mean as text, with its interval if it has one, and its n if that is not all images."""
    mean = estimate_mean(values)
    few = f"{len(values):,} images with such a map" if len(values) < n else ""
    notes = "; ".join(filter(None, (interval(mean.times(100), ".1f", "95 %: {} %"), few)))
    return percent(mean.value, 1) + (f" ({notes})" if notes else "")
