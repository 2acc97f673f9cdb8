"""The two-pixel world: its controls, its picture, the stage that is shown and what it means."""

from functools import lru_cache

import streamlit as st
import torch
from jaxtyping import Float
from torch import Tensor

from sparsefool.experiments.geometry.l1_walk import L1Walk, walk_l1
from sparsefool.experiments.geometry.recorder import record
from sparsefool.experiments.geometry.recording import Recording
from sparsefool.experiments.geometry.stages import Stage, stages
from sparsefool.experiments.geometry.two_pixels import as_image, two_pixel_classifier
from sparsefool.view.address import AddressCheck
from sparsefool.view.algorithms import STYLE, listing_html
from sparsefool.view.ink import ink
from sparsefool.view.stage_panel import show_l1_stage, show_stage
from sparsefool.view.world_controls import (
    CHART,
    METHODS,
    PLAYER,
    WorldChoice,
    draw_prompts,
    draw_world_controls,
    place_clicked,
)
from sparsefool.view.world_figure import world_figure
from sparsefool.view.world_scene import Scene, l1_scene, scene

MAX_ROUNDS = 20
_LAST = "world_last_stage"


def show_world(check: AddressCheck) -> None:
    """Draw the two-pixel world; what happens in it reruns nothing else on the page."""
    st.fragment(_world, run_every=PLAYER.timer)(check, PLAYER.playing)


def _world(check: AddressCheck, timer_runs: bool) -> None:
    st.html(STYLE)
    choice = draw_world_controls(check)
    if choice.method == METHODS[0]:
        _show_sparsefool(choice, check, timer_runs)
    else:
        _show_l1(choice, check, timer_runs)
    draw_prompts()


def _show_sparsefool(choice: WorldChoice, check: AddressCheck, timer_runs: bool) -> None:
    recording = _recording(choice.world, choice.place, choice.lambda_, choice.delta)
    sequence = stages(recording)
    stage = sequence[_transport(len(sequence) - 1, check, timer_runs)]
    with _beside_the_picture(choice, scene(recording, stage)):
        with st.container(width=300, key="stage_words"):
            show_stage(recording, stage, choice.lambda_, choice.delta)
        for algorithm in (2, 1):
            st.html(listing_html(algorithm, _lines_now(stage, algorithm)), width=288)


def _lines_now(stage: Stage, algorithm: int) -> tuple[int, ...]:
    """Return the lines to mark: Algorithm 1 runs inside line 6 of Algorithm 2."""
    if stage.algorithm == algorithm:
        return stage.lines
    return (6,) if algorithm == 2 else ()


def _show_l1(choice: WorldChoice, check: AddressCheck, timer_runs: bool) -> None:
    walk = _walk(choice.world, choice.place)
    step = _transport(len(walk.steps) + 1, check, timer_runs)
    with (
        _beside_the_picture(choice, l1_scene(walk, step)),
        st.container(width=300, key="stage_words"),
    ):
        show_l1_stage(walk, step)


def _transport(last: int, check: AddressCheck, timer_runs: bool) -> int:
    """Draw the transport; who stands at the end stays at the end when the way becomes longer or shorter."""
    check.number(PLAYER.key, 0, last, 0)
    before = st.session_state.get(_LAST, last)
    if before != last and not PLAYER.playing:
        PLAYER.go(last if PLAYER.at(before) == before else PLAYER.at(last))
    st.session_state[_LAST] = last
    return PLAYER.draw(last, timer_runs)


def _beside_the_picture(choice: WorldChoice, seen: Scene) -> "st.delta_generator.DeltaGenerator":
    """Draw the picture; return the container for what stands beside it."""
    row = st.container(horizontal=True, gap="small")
    with row:
        st.plotly_chart(
            world_figure(choice.world, seen, ink()),
            width="content",
            key=CHART,
            on_select=place_clicked,
            selection_mode="points",
            config={"displayModeBar": False},
            alt=_alt(choice, seen),
        )
    return row


def _alt(choice: WorldChoice, seen: Scene) -> str:
    ends = f" The point tested is at {seen.tested[0]:.0f}, {seen.tested[1]:.0f}." if seen.tested else ""
    return (
        f"The square of all images of two pixels, divided by the {choice.world} classifier, with x at "
        f"{choice.place[0]}, {choice.place[1]}.{ends} Click to move x."
    )


@lru_cache(maxsize=256)
def _recording(world: str, place: tuple[int, int], lambda_: float, delta: int) -> Recording:
    classifier = two_pixel_classifier(world)
    return record(classifier, _image(place), lambda_=lambda_, delta=delta, max_iter=MAX_ROUNDS)


@lru_cache(maxsize=256)
def _walk(world: str, place: tuple[int, int]) -> L1Walk:
    return walk_l1(two_pixel_classifier(world), _image(place))


def _image(place: tuple[int, int]) -> Float[Tensor, "1 1 1 2"]:
    return as_image(torch.tensor([place]) / 255)
