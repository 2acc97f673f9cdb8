"""A curve with its 95 % intervals as SVG, for reports that are read without the app."""

import math
from collections.abc import Mapping
from html import escape

from sparsefool.analysis.statistics import Estimate

WIDTH, HEIGHT, LEFT, BOTTOM, TOP = 360, 220, 52, 40, 12
"""In user units: of the drawing, and of the margins around the curve."""

LINE = "#d55e00"
"""Vermilion, which colour-blind people tell from black and grey."""


def curve_svg(curve: Mapping[float, Estimate], symbol: str, alt: str) -> str:
    """Return a curve as SVG; the horizontal axis is logarithmic.

    Args:
        curve: positive places and their estimates, which are 0 or more; those that are NaN are left out.
        symbol: of the horizontal axis.
        alt: what it shows, for those who cannot see it.
    """
    known = {x: each for x, each in curve.items() if not math.isnan(each.value)}
    if not known:
        return ""
    first, last = math.log(min(curve)), math.log(max(curve))
    most = max(max(each.value, *_ends(each)) for each in known.values()) or 1.0

    def across(x: float) -> float:
        share = (math.log(x) - first) / (last - first) if last > first else 0.5
        return LEFT + 12 + share * (WIDTH - LEFT - 32)

    def down(y: float) -> float:
        return TOP + (1 - y / most) * (HEIGHT - TOP - BOTTOM)

    places = {across(x): each for x, each in known.items()}
    points = " ".join(f"{x:.1f},{down(each.value):.1f}" for x, each in places.items())
    bars = "".join(
        f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{down(low):.1f}" y2="{down(high):.1f}"/>'
        for x, each in places.items()
        for low, high in [_ends(each)]
    )
    dots = "".join(f'<circle cx="{x:.1f}" cy="{down(each.value):.1f}" r="4"/>' for x, each in places.items())
    heights = "".join(
        f'<text x="{LEFT - 6}" y="{down(y) + 4:.1f}" text-anchor="end">{y:.3g}</text>'
        for y in (0, most / 2, most)
    )
    return (
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" role="img" '
        f'aria-label="{escape(alt, quote=True)}" font-size="13" fill="currentColor">'
        f'<path d="M{LEFT} {TOP}V{down(0):.1f}H{WIDTH}" stroke="currentColor" fill="none"/>{heights}'
        f"{_labels({x: across(x) for x in curve})}"
        f'<text x="{(LEFT + WIDTH) / 2}" y="{HEIGHT - 4}" text-anchor="middle">{escape(symbol)}</text>'
        f'<g stroke="{LINE}" stroke-width="2" fill="none"><polyline points="{points}"/>{bars}</g>'
        f'<g fill="{LINE}">{dots}</g></svg>'
    )


def _labels(places: Mapping[float, float]) -> str:
    """Return the numbers below the horizontal axis, without those that would touch the one before."""
    labels, free = [], 0.0
    for value, x in sorted(places.items()):
        half = 4.0 * len(f"{value:g}")
        if x - half >= free:
            y = HEIGHT - BOTTOM + 18
            labels.append(f'<text x="{x:.1f}" y="{y}" text-anchor="middle">{value:g}</text>')
            free = x + half + 4
    return "".join(labels)


def _ends(estimate: Estimate) -> tuple[float, float]:
    """Return the ends of an interval; the value itself where there is none."""
    low, high = estimate.interval
    return (estimate.value, estimate.value) if math.isnan(low) else (low, high)
