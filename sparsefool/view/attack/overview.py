"""The finding at a glance: original, result and changed pixels, what the network sees, and two numbers."""

from collections.abc import Sequence
from html import escape
from typing import Any

import streamlit as st

from sparsefool.backend.attack.report import AttackReport, Prediction
from sparsefool.data.pictures import Picture
from sparsefool.formats import counted, percent, short_time
from sparsefool.view.components.picture_saving import saved_figure
from sparsefool.view.shared.glossary import explain
from sparsefool.view.shared.palette import AFTER, BEFORE
from sparsefool.view.shared.picture_rows import Contour, contours_html
from sparsefool.view.shared.pictures import Change, mark_changes, show_picture, svg_uri

STRONGEST = 4
"""Classes shown under a picture."""

PICTURE_ROW = "picture_row"
"""End of the keys of rows of pictures; the style of the page gives them the room that the window leaves."""

PLAIN: dict[str, Any] = {"delta_color": "off", "delta_arrow": "off"}
"""How a metric shows a remark that is no change."""


def show_overview(report: AttackReport, contours: Sequence[Contour] = ()) -> None:
    """Draw the three pictures of a result, what the network sees in them, and its numbers.

    Args:
        report: the result.
        contours: what is outlined on each of the pictures.
    """
    before, after = report.request.picture, report.adversarial
    names, pixels = report.class_names, counted(report.change_8bit.pixels, "changed pixel")
    what = "Adversarial" if report.success_8bit else "Perturbed"
    with saved_figure("overview", switches=True), st.container(key=PICTURE_ROW):
        left, middle, right = st.columns(3, gap="small")
    layer = contours_html(contours, (before.height, before.width))
    seen = f"which the network calls {report.before.name}."
    with left:
        show_titled("Original", before, f"The original picture, {seen}", layer=layer)
        show_classes(report.before, names, BEFORE)
    seen = f"which the network calls {report.after_8bit.name}."
    change = Change(before, after)
    with middle:
        show_titled(what, after, f"The {what.lower()} picture, {seen}", change, layer)
        show_classes(report.after_8bit, names, AFTER)
    alt = f"The {pixels}, marked in yellow on the darkened original."
    with right:
        show_titled("Changed pixels", mark_changes(before, after), alt, change, layer)
        _numbers(report)


def show_titled(
    title: str, picture: Picture, alt: str, change: Change | None = None, layer: str = ""
) -> None:
    """Draw a picture under its title.

    Args:
        title: in bold.
        picture, alt, change, layer: as for :func:`~sparsefool.view.shared.pictures.picture_html`.
    """
    st.markdown(f"**{title}**")
    show_picture(picture, alt, change, layer)


def show_classes(prediction: Prediction, names: tuple[str, ...], colour: str) -> None:
    """Draw the strongest classes of a prediction as a table with bars."""
    rows = "".join(
        _bar(names[label], float(prediction.probabilities[label]), colour)
        for label in prediction.strongest(STRONGEST)
    )
    st.html(f'<table style="width:100%;border-collapse:collapse;font-size:.875rem">{rows}</table>')


def _bar(name: str, probability: float, colour: str) -> str:
    track = (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 1" preserveAspectRatio="none">'
        '<rect width="100" height="1" fill="#808080" fill-opacity=".18"/>'
        f'<rect width="{100 * probability:.2f}" height="1" fill="{colour}"/></svg>'
    )
    style = "display:block;width:100%;height:.5rem;border-radius:3px"
    cell = "padding:2px 0;border:0"
    return (
        f'<tr><td style="{cell};padding-right:.4em;line-height:1.15">{escape(name)}</td>'
        f'<td style="{cell};width:38%"><img src="{svg_uri(track)}" alt="" style="{style}"></td>'
        f'<td style="{cell};width:3.8em;white-space:nowrap;text-align:right;'
        f'font-variant-numeric:tabular-nums">{percent(probability, 1)}</td></tr>'
    )


def _numbers(report: AttackReport) -> None:
    """Draw how little was changed: pixels and time, or, where values were to be few, values and pixels.

    What ships took its time on another machine, beside other work.
    """
    change = report.change_8bit
    left, right = st.columns(2, gap="small")
    pixels = f"{change.pixels:,}", f"{change.percent:.2g} % of all"
    if report.request.counts_features:
        of_all = f"of {report.request.picture.pixels.size:,}"
        left.metric("Values", f"{change.features:,}", of_all, help=explain("value"), **PLAIN)
        right.metric("Pixels", *pixels, help=explain("pixel"), **PLAIN)
    else:
        left.metric("Pixels", *pixels, **PLAIN)
        if report.timed_here:
            label = "Time to find" if report.success_8bit else "Time"
            right.metric(label, short_time(report.seconds), f"on {report.device.name}", **PLAIN)
        else:
            steps = f"{len(report.steps) - 1:,}"
            right.metric(f"{report.request.step_noun}s", steps, "stored result", **PLAIN)
