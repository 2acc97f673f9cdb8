"""The attack while it runs: the picture, the changed pixels and the margin so far, in the result's place."""

from collections.abc import Sequence

import streamlit as st

from sparsefool.backend.attack.report import AttackReport, Prediction
from sparsefool.backend.attack.request import AttackRequest
from sparsefool.backend.attack.shortfall import logits
from sparsefool.view.attack.overview import PICTURE_ROW, PLAIN, show_classes, show_titled
from sparsefool.view.shared.glossary import explain
from sparsefool.view.shared.palette import AFTER, BEFORE
from sparsefool.view.shared.picture_rows import Contour, contours_html
from sparsefool.view.shared.pictures import Change, mark_changes, to_picture
from sparsefool.view.shared.runs import Runs
from sparsefool.view.shared.serving.turns import fragment
from sparsefool.view.shared.status import are_steps, update_interval
from sparsefool.zoo.specs import find_spec

REDRAW = 0.6
"""Seconds between two pictures."""


def show_live(runs: Runs[AttackRequest, AttackReport], contours: Sequence[Contour] = ()) -> None:
    """Draw the pictures of the running attack, with regular updates; ``contours`` are outlined on each."""
    fragment(_live, run_every=update_interval(REDRAW, runs))(runs, contours)


def _live(runs: Runs[AttackRequest, AttackReport], contours: Sequence[Contour]) -> None:
    if runs.job is None or runs.requested is None:
        return
    original, payload = runs.requested.picture, runs.job.status.payload
    steps = payload if are_steps(payload) else ()
    latest = to_picture(steps[-1].image, "so far") if steps else original
    change, layer = Change(original, latest), contours_html(contours, (original.height, original.width))
    names = find_spec(runs.requested.model).class_names
    with st.container(key=f"live_{PICTURE_ROW}"):
        left, middle, right = st.columns(3, gap="small")
    with left:
        show_titled("Original", original, f"The original picture, {original.name}.", layer=layer)
        if steps:
            _seen(steps[0].prediction, names, BEFORE)
    with middle:
        show_titled(
            "The attack so far", latest, "The picture as the attack has changed it so far.", change, layer
        )
        if steps:
            _seen(steps[-1].prediction, names, AFTER)
    with right:
        alt = "The pixels that the attack has changed so far."
        show_titled("Changed so far", mark_changes(original, latest), alt, change, layer)
        pixels, margin = st.columns(2, gap="small")
        pixels.metric("Pixels", f"{steps[-1].pixels_changed:,}" if steps else "0", **PLAIN)
        margin.metric(
            "Margin",
            logits(steps[-1].margin) if steps else "…",
            help=explain("margin"),
            **PLAIN,
        )


def _seen(prediction: Prediction, names: tuple[str, ...], colour: str) -> None:
    every = names or tuple(f"class {label}" for label in range(len(prediction.probabilities)))
    show_classes(prediction, every, colour)
