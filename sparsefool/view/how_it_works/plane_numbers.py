"""The legend of a network's plane, its finding in one sentence, and its numbers, each with its reading."""

import math

import streamlit as st

from sparsefool.backend.planes.request import RANDOM, PlaneReport
from sparsefool.formats import percent
from sparsefool.view.shared.charts import legend_html
from sparsefool.view.shared.palette import GREEN, ORANGE, PURPLE

MOST_NAMED = 3
"""Most angles that are listed one by one."""

FLAT, BENT = 0.1, 0.4
"""Up to which bend, in parts of the way from x to x_B, a boundary is called almost straight; and from which
one it is called bent."""

_X_B = "x<sub>B</sub>"
"""The boundary point, in HTML."""


def show_legend(report: PlaneReport) -> None:
    """Draw what the colours of the lines mean."""
    attack = report.kind != RANDOM
    legend = legend_html(
        ("currentColor", "true boundary"),
        (PURPLE, "line assumed" + (" (dashed: moved by λ)" if attack else "")),
        *((ORANGE, "images tested, round by round"),) * attack,
        (GREEN, "x_B, found by DeepFool"),
    )
    st.html(legend.replace("x_B", _X_B))


def finding(report: PlaneReport) -> str:
    """Return in one sentence how straight the boundary is in this window."""
    part = report.flatness.bend / report.distance
    where = "Close to $x_B$" if report.kind == RANDOM else "Along the whole attack"
    if math.isnan(part):
        return "The boundary is not in view here."
    if part <= FLAT:
        return f"{where}, the boundary is almost straight: a line can stand in for it."
    if part < BENT:
        return f"{where}, the boundary is gently curved: a line is a fair guide."
    return f"{where}, the boundary bends: the line is a guide only near $x_B$, so it takes several rounds."


def show_plane_numbers(report: PlaneReport) -> None:
    """Draw the numbers, each with a sentence on how to read it."""
    flat, distance = report.flatness, report.distance
    if math.isfinite(flat.bend):
        _number(
            f"{flat.bend:.1f} levels" if flat.bend < 10 else f"{flat.bend:.0f} levels",
            f"from straight: {percent(flat.bend / distance)} of the {distance:.0f} levels from x to {_X_B}, "
            f"in a window {_width(report):.0f} levels wide (at {flat.found} of {flat.places} places; ℓ2 "
            "over all values).",
        )
        _number(f"{flat.rms:.0f} levels", f"from the line that was assumed. {_about_the_line(report)}")
    if report.kind != RANDOM:
        _number(_turns(report.turns), _about_turns(report))
    notes = ["A point of the plane need not be a valid image: values may lie outside 0 to 255."]
    if report.off_plane >= 1:
        notes.insert(
            0,
            "Images off the plane are drawn where they project onto it; the farthest is "
            f"{report.off_plane:.0f} levels away.",
        )
    st.caption(" ".join(notes))


def _number(value: str, reading: str) -> None:
    st.html(f'<div class="reading"><b>{value}</b> {reading}</div>')


def _about_the_line(report: PlaneReport) -> str:
    if report.flatness.bend < 0.5 * report.flatness.rms:
        return (
            "The two run side by side: DeepFool stops a little beyond the boundary, and the line goes "
            f"through {_X_B}."
        )
    return f"So far from {_X_B} it says little, and the next round draws a new one."


def _about_turns(report: PlaneReport) -> str:
    if not report.turns:
        return "was enough: the first line already led across the boundary."
    way = (
        "less and less, as x comes to rest"
        if _fall(report.turns)
        else "the more, the more the boundary bends"
    )
    return f"is what the normal w turns between the {report.rounds} rounds, seen in all dimensions: {way}."


def _fall(angles: tuple[float, ...]) -> bool:
    return len(angles) > 1 and list(angles) == sorted(angles, reverse=True)


def _turns(angles: tuple[float, ...]) -> str:
    """Return up to three angles as text, or the range of more."""
    if len(angles) > MOST_NAMED:
        return f"{min(angles):.0f}° to {max(angles):.0f}°"
    return ", ".join(f"{angle:.0f}°" for angle in angles) or "One round"


def _width(report: PlaneReport) -> float:
    return float(report.ticks[0][-1] - report.ticks[0][0])
