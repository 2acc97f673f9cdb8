"""The path from the original to the result: scrub, step or play through it."""

from dataclasses import replace

import streamlit as st

from sparsefool.backend.attack.report import AttackReport, Step
from sparsefool.backend.attack.shortfall import logits
from sparsefool.formats import counted, percent
from sparsefool.view.attack.tabs.trajectory_chart import trajectory_figure
from sparsefool.view.components.picture_saving import saved_figure
from sparsefool.view.components.player import Player
from sparsefool.view.shared.charts import choose_chart_format, show_chart
from sparsefool.view.shared.pictures import Change, mark_changes, show_picture, to_picture
from sparsefool.view.shared.serving.turns import fragment
from sparsefool.view.shared.widgets import choose_one

PLAYER = Player("step", "Iteration", pace=0.6, shortcuts=True)

LAYERS = ("Picture", "Changed pixels")

_SHOWN = "trajectory_of"


def show_trajectory(report: AttackReport) -> None:
    """Draw the trajectory; moving through it reruns nothing else on the page."""
    last = len(report.steps) - 1
    if last < 1:
        st.info("The attack made no step, so there is no trajectory.")
        return
    if st.session_state.get(_SHOWN) not in (None, report.request):
        PLAYER.go(last)
    st.session_state[_SHOWN] = report.request
    fragment(_player)(report)


def _player(report: AttackReport) -> None:
    step = replace(PLAYER, noun=report.request.step_noun).draw(len(report.steps) - 1)
    left, right = st.columns([5, 8], gap="large")
    with left:
        _show_step(report, report.steps[step])
    with right:
        show_chart(
            trajectory_figure(report, step),
            key="trajectory_chart",
            name="trajectory",
            alt="Margin, changed pixels and class probabilities over the iterations.",
        )
        choose_chart_format()


def _show_step(report: AttackReport, step: Step) -> None:
    layer = choose_one("Layer", LAYERS, "trajectory_layer", label_visibility="collapsed")
    picture = to_picture(step.image, f"iteration {step.iteration}")
    change = Change(report.request.picture, picture)
    if layer == LAYERS[1]:
        picture = mark_changes(report.request.picture, picture)
    seen = f"{step.prediction.name} ({percent(step.prediction.confidence, 1)})"
    with saved_figure("iteration", switches=True):
        noun = report.request.step_noun
        show_picture(picture, f"After {noun.lower()} {step.iteration} the network sees {seen}.", change)
        st.markdown(f"**{noun} {step.iteration}** of {len(report.steps) - 1}: {seen}")
        st.caption(
            f"{counted(step.pixels_changed, 'pixel')} changed. Margin {logits(step.margin)}: by how much the "
            "network's score (logit) for the original's class exceeds its highest other one."
        )
