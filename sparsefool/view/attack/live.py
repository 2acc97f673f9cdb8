"""The attack while it runs: the original, the picture so far, the pixels so far."""

import streamlit as st

from sparsefool.backend.attack.report import AttackReport
from sparsefool.backend.attack.request import AttackRequest
from sparsefool.data.pictures import Picture
from sparsefool.view.shared.pictures import Change, mark_changes, show_picture, to_picture
from sparsefool.view.shared.runs import Runs
from sparsefool.view.shared.status import REDRAW, are_steps


def show_live(runs: Runs[AttackRequest, AttackReport]) -> None:
    """Draw the pictures of the running attack, with regular updates."""
    st.fragment(_live, run_every=REDRAW)(runs)


def _live(runs: Runs[AttackRequest, AttackReport]) -> None:
    if runs.job is None or runs.requested is None:
        return
    original, steps = runs.requested.picture, runs.job.status.payload
    show_search(original, to_picture(steps[-1].image, "so far") if are_steps(steps) else original)


def setting_text(report: AttackReport) -> str:
    """Return with which parameters a result was made, as in ``"with λ = 3 and δ = 255"``."""
    return f"with {report.request.setting.replace(' · ', ' and ')}"


def show_search(picture: Picture, latest: Picture) -> None:
    """Draw the pictures of a run without a result: the original, and how far the attack has come."""
    st.header("Searching for the pixels that matter…", anchor=False)
    change = Change(picture, latest)
    left, middle, right = st.columns(3, gap="medium")
    with left:
        st.markdown("**Original**")
        show_picture(picture, f"The original picture, {picture.name}.")
    with middle:
        st.markdown("**The attack so far**")
        show_picture(latest, "The picture as the attack has changed it so far.", change)
    with right:
        st.markdown("**Changed pixels so far**")
        alt = "The pixels that the attack has changed so far."
        show_picture(mark_changes(picture, latest), alt, change)
