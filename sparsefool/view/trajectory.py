"""The way from the original to the result: scrub through it, step, or let it play."""

import time

import streamlit as st

from sparsefool.backend.attack_reports import AttackReport, Step
from sparsefool.view.address import AddressCheck
from sparsefool.view.charts import trajectory_figure
from sparsefool.view.pictures import mark_changes, show_picture, to_picture

PACE = 0.6
"""Seconds between two iterations while playing."""

LAYERS = ("Picture", "Changed pixels")

_STEP, _PLAYING, _AT, _NEXT_TICK, _SHOWN = "step", "playing", "playing_at", "next_tick", "trajectory_of"


def show_trajectory(report: AttackReport, check: AddressCheck) -> None:
    """Draw the trajectory; what happens in it reruns nothing else on the page."""
    last = len(report.steps) - 1
    if last < 1:
        st.info("The attack made no step, so there is no trajectory.")
        return
    if st.session_state.get(_SHOWN) not in (None, report.request):
        _go(last)
    st.session_state[_SHOWN] = report.request
    check.number(_STEP, 0, last, last)
    playing = bool(st.session_state.get(_PLAYING))
    st.fragment(_player, run_every=PACE if playing else None)(report, playing)


def _player(report: AttackReport, timer_runs: bool) -> None:
    last = len(report.steps) - 1
    if timer_runs:
        _tick(last)
    if bool(st.session_state.get(_PLAYING)) != timer_runs:
        st.rerun()  # the whole page, once: it starts or stops the timer
    step = _transport(last)
    left, right = st.columns([5, 8], gap="large")
    with left:
        _show_step(report, report.steps[step])
    with right:
        st.plotly_chart(
            trajectory_figure(report, step),
            key="trajectory_chart",
            config={"displayModeBar": False},
            alt="Margin, changed pixels and class probabilities over the iterations.",
        )


def _transport(last: int) -> int:
    """Draw play, step and scrubber; return the step to show."""
    playing = bool(st.session_state.get(_PLAYING))
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        st.button(
            "Pause" if playing else "Play",
            icon=":material/pause:" if playing else ":material/play_arrow:",
            key="play",
            on_click=_toggle,
            args=(last,),
        )
        st.button("Back", icon=":material/skip_previous:", key="back", on_click=_move, args=(-1, last))
        st.button("Forward", icon=":material/skip_next:", key="forward", on_click=_move, args=(1, last))
        step: int = st.slider("Iteration", 0, last, last, key=_STEP, bind="query-params", disabled=playing)
    return step


def _show_step(report: AttackReport, step: Step) -> None:
    layer = st.segmented_control(
        "Layer",
        LAYERS,
        default=LAYERS[0],
        required=True,
        key="trajectory_layer",
        bind="query-params",
        label_visibility="collapsed",
    )
    picture = to_picture(step.image, f"iteration {step.iteration}")
    if layer == LAYERS[1]:
        picture = mark_changes(report.request.picture, picture)
    seen = f"{step.prediction.name} ({step.prediction.confidence:.1%})"
    show_picture(picture, f"After iteration {step.iteration} the network sees {seen}.")
    st.markdown(f"**Iteration {step.iteration}** of {report.iterations}: {seen}")
    st.caption(
        f"Margin {step.margin:.2f} logits, {step.pixels_changed:,} pixels changed. "
        "The attack's float32 image, rounded to be shown."
    )


def _tick(last: int) -> None:
    """Move on if it is time; other reruns of the fragment come in between.

    While it plays, the scrubber follows and does not lead: the browser may still send an earlier place.
    """
    at = st.session_state[_AT]
    if time.monotonic() >= st.session_state[_NEXT_TICK]:
        at = min(at + 1, last)
        st.session_state.update({_AT: at, _NEXT_TICK: time.monotonic() + 0.9 * PACE})
        st.session_state[_PLAYING] = at < last
    st.session_state[_STEP] = at


def _toggle(last: int) -> None:
    if st.session_state.get(_PLAYING):
        _go(st.session_state[_AT])
        return
    at = st.session_state.get(_STEP, last)
    _go(0 if at >= last else at)
    st.session_state.update({_PLAYING: True, _NEXT_TICK: time.monotonic() + 0.9 * PACE})


def _move(by: int, last: int) -> None:
    at = st.session_state[_AT] if st.session_state.get(_PLAYING) else st.session_state.get(_STEP, last)
    _go(min(max(at + by, 0), last))


def _go(step: int) -> None:
    st.session_state.update({_STEP: step, _AT: step, _PLAYING: False})
