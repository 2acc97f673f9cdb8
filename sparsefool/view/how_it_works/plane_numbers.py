"""The numbers beside the plane of a network, and what they mean."""

import math

import streamlit as st

from sparsefool.backend.plane_request import RANDOM, PlaneReport
from sparsefool.view.shared.charts import legend_html
from sparsefool.view.shared.palette import GREEN, ORANGE, PURPLE

MOST_NAMED = 3
"""Most angles that are listed one by one."""


def show_plane_numbers(report: PlaneReport) -> None:
    """Draw the legend, the numbers, and what they mean."""
    attack = report.request.kind != RANDOM
    st.html(
        legend_html(
            ("currentColor", "the true boundary"),
            (PURPLE, "the line SparseFool assumed" + ("; dashed: moved by λ" if attack else "")),
            *((ORANGE, "the images tested, round by round"),) * attack,
            (GREEN, "x_B"),
        )
    )
    flat, distance = report.flatness, _distance(report)
    left, right = st.columns(2, gap="small")
    left.metric("Rounds", len(report.recording.rounds), help="Of Algorithm 2.")
    right.metric(
        "Boundary to line",
        "not in view" if math.isnan(flat.rms) else f"{flat.rms:.0f} levels",
        help=f"Root-mean-square distance between the true boundary (margin 0) and the line, along the line's "
        f"normal in this plane, ℓ2 over the whole image. The boundary was found from {flat.found} of "
        f"{flat.places} places along the line in the window.",
    )
    left.metric("From x to x_B", f"{distance:.0f} levels", help="ℓ2 over the whole image.")
    right.metric(
        "Turn of the normal",
        _turns(report.turns),
        help="Angle between the normals at successive boundary points; 0 where the boundary is flat.",
    )
    st.caption(_in_words(report, distance))


def _turns(angles: tuple[float, ...]) -> str:
    """Return up to three angles as text, or the range of more."""
    if len(angles) > MOST_NAMED:
        return f"{min(angles):.0f}° to {max(angles):.0f}°"
    return ", ".join(f"{angle:.0f}°" for angle in angles) or "one round"


def _distance(report: PlaneReport) -> float:
    recording = report.recording
    difference = recording.rounds[0].boundary_point.image - recording.start.image
    return 255 * float(difference.norm())


def _in_words(report: PlaneReport, distance: float) -> str:
    flat = report.flatness
    sentences = []
    if math.isfinite(flat.rms):
        sentences.append(
            f"In this window the boundary is {flat.rms:.0f} levels from the line, {flat.rms / distance:.0%} "
            f"of the distance from x to x_B (root mean square over {flat.found} of {flat.places} places)."
        )
    if report.off_plane >= 1:
        sentences.append(
            f"Images off the plane are drawn at their projections; the farthest is {report.off_plane:.0f} "
            "levels away."
        )
    sentences.append("A point of the plane need not be a valid image: values may lie outside 0 to 255.")
    sentences.append(f"{report.request.attack.model} on {report.device.name}, {report.seconds:.1f} s.")
    return " ".join(sentences)
