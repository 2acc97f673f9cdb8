"""Shares of the perturbed pixels inside parts of the image that cover 20 % of it, with intervals."""

from collections.abc import Mapping, Sequence

import plotly.graph_objects as go

from sparsefool.analysis.region_findings import Contrast
from sparsefool.analysis.shares import Shares
from sparsefool.analysis.statistics import Estimate, estimate_mean
from sparsefool.experiments.pixel_masks import TOP
from sparsefool.view.shared.charts import layout
from sparsefool.view.shared.palette import AFTER, BEFORE, GREEN, GREY, PURPLE

PARTS = {
    "label": ("activation map of the original label", BEFORE, "circle"),
    "fooling": ("activation map of the fooling label", AFTER, "diamond"),
    "elsewhere": ("activation maps of other images", PURPLE, "square"),
    "centre": ("centred disc", GREEN, "x"),
}
"""The parts of the image: their names, colours and symbols."""


def share_figure(shares_by_network: Mapping[str, Shares]) -> go.Figure:
    """Return the mean share of each part for each network, with its 95 % interval and the line of chance."""
    figure = go.Figure()
    for number, (part, (title, colour, symbol)) in enumerate(PARTS.items()):
        values: list[Sequence[float]] = [getattr(shares, part) for shares in shares_by_network.values()]
        means = [sum(each) / len(each) if each else None for each in values]
        ends = [estimate_mean(each).interval for each in values]
        figure.add_trace(
            go.Scatter(
                x=means,
                y=[row - 0.24 + 0.16 * number for row in range(len(shares_by_network))],
                mode="markers",
                name=title,
                marker={"color": colour, "symbol": symbol, "size": 11},
                error_x={
                    "type": "data",
                    "symmetric": False,
                    "array": [_gap(high, mean) for (_, high), mean in zip(ends, means, strict=True)],
                    "arrayminus": [_gap(mean, low) for (low, _), mean in zip(ends, means, strict=True)],
                    "color": colour,
                },
                customdata=[[len(each)] for each in values],
                hovertemplate=f"{title}: %{{x:.1%}} of the perturbed pixels, %{{customdata[0]}} images"
                "<extra></extra>",
            )
        )
    figure.add_vline(TOP, line={"color": GREY, "dash": "dot"}, annotation_text="chance: 20 %")
    figure.update_xaxes(
        title_text="Share of the perturbed pixels inside a part that covers 20 % of the image",
        range=[-0.02, 1.02],
        tickformat=".0%",
    )
    labels = [f"{name}<br>n = {len(shares.centre)}" for name, shares in shares_by_network.items()]
    figure.update_yaxes(
        tickvals=list(range(len(labels))), ticktext=labels, range=[len(labels) - 0.5, -0.5], zeroline=False
    )
    figure.update_layout(
        height=200 + 90 * len(labels),
        legend={"orientation": "h", "y": -0.55, "yanchor": "top"},
        **layout("shares"),
    )
    return figure


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
    return f"{title} ({n} {'image' if n == 1 else 'images'}): " + ", ".join(clauses) + "."


def contrast_sentence(title: str, contrast: Contrast) -> str:
    """Return whether the perturbations of a network fall where it looks, as the paper's Section 4.2 says."""
    verdict = {
        True: "yes",
        False: "no",
        None: "only in part: closeness to the centre explains as much",
    }[contrast.concentrates]
    return (
        f"{title}: **{verdict}**. The map of the image's own label holds "
        f"{_points(contrast.over_elsewhere)} of the perturbed pixels than the map of another image, and "
        f"{_points(contrast.over_centre)} than the centred disc (n = {contrast.n:,})."
    )


def _points(gain: Estimate) -> str:
    low, high = gain.times(100).interval
    more = "more" if gain.value >= 0 else "fewer"
    return f"{abs(100 * gain.value):.1f} percentage points (95 %: {low:+.1f} to {high:+.1f}) {more}"


def _measured(values: Sequence[float], n: int) -> str:
    """Return a mean as text, with its interval if it has one, and its n if that is not all images."""
    low, high = estimate_mean(values).interval
    notes = [] if low != low else [f"95 %: {low:.0%} to {high:.0%}"]
    notes += [f"{len(values)} images with such a map"] if len(values) < n else []
    return f"{sum(values) / len(values):.0%}" + (f" ({'; '.join(notes)})" if notes else "")


def _gap(larger: float | None, smaller: float | None) -> float:
    gap = 0.0 if larger is None or smaller is None else larger - smaller
    return gap if gap == gap else 0.0
