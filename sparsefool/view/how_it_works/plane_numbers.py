"""What the plane of a network says, in numbers and in words."""

import math

import streamlit as st

from sparsefool.backend.plane_request import RANDOM, PlaneReport
from sparsefool.view.shared.charts import legend_html
from sparsefool.view.shared.palette import GREEN, ORANGE, PURPLE

MOST_NAMED = 3
"""Angles that are named one by one."""


def show_plane_numbers(report: PlaneReport) -> None:
    """Draw the legend, the numbers, and what they mean."""
    attack = report.request.kind != RANDOM
    st.html(
        legend_html(
            ("currentColor", "the true boundary"),
            (PURPLE, "the line SparseFool believed in" + ("; dashed: moved by λ" if attack else "")),
            *((ORANGE, "the images tested, round by round"),) * attack,
            (GREEN, "x_B"),
        )
    )
    flat, distance = report.flatness, _distance(report)
    left, right = st.columns(2, gap="small")
    left.metric("Rounds", len(report.recording.rounds), help="Of Algorithm 2.")
    right.metric(
        "Boundary from the line",
        "none here" if math.isnan(flat.rms) else f"{flat.rms:.0f} levels",
        help=f"Root-mean-square distance between the true boundary (margin 0) and the line, along the line's "
        f"normal in this plane, ℓ2 over the whole image. Places along the line in the window: {flat.places}; "
        f"the boundary was met from {flat.found}.",
    )
    left.metric("From x to x_B", f"{distance:.0f} levels", help="ℓ2 over the whole image.")
    right.metric(
        "Turn of the normal",
        _turns(report.turns),
        help="Angle between the normals at successive boundary points; 0 where the boundary is flat.",
    )
    st.caption(_in_words(report, distance))


def _turns(angles: tuple[float, ...]) -> str:
    """Name up to three angles, or say from where to where they go."""
    if len(angles) > MOST_NAMED:
        return f"{min(angles):.0f}° to {max(angles):.0f}°"
    return ", ".join(f"{angle:.0f}°" for angle in angles) or "one round"


def _distance(report: PlaneReport) -> float:
    recording = report.recording
    way = recording.rounds[0].boundary_point.image - recording.start.image
    return 255 * float(way.norm())


def _in_words(report: PlaneReport, distance: float) -> str:
    flat = report.flatness
    said = []
    if math.isfinite(flat.rms):
        said.append(
            f"In this window the boundary is {flat.rms:.0f} levels from the line, "
            f"{flat.rms / distance:.0%} of the way from x to x_B (root mean square, "
            f"{flat.found} of {flat.places} places)."
        )
    if report.off_plane >= 1:
        said.append(
            f"Images beside the plane are drawn at their projections; the farthest is {report.off_plane:.0f} "
            "levels away."
        )
    said.append("Most points of the plane are no valid images: values leave 0 to 255 there.")
    said.append(f"{report.request.attack.model} on {report.device.name}, {report.seconds:.1f} s.")
    return " ".join(said)
