"""The two-pixel example: its controls, its picture, the current stage and what it means."""

from dataclasses import dataclass
from functools import lru_cache

import streamlit as st
import torch
from jaxtyping import Float
from torch import Tensor

from sparsefool.geometry.algorithm_steps import algorithm_steps
from sparsefool.geometry.attack_trace import AttackTrace
from sparsefool.geometry.l1_trace import L1Trace, trace_l1_deepfool
from sparsefool.geometry.recorder import trace_attack
from sparsefool.geometry.two_pixels import as_image, two_pixel_classifier
from sparsefool.view.components.two_pixel_canvas import draw_canvas
from sparsefool.view.how_it_works import listings as algorithms
from sparsefool.view.how_it_works import prompts, stage_panel
from sparsefool.view.how_it_works.listings import listing_html
from sparsefool.view.how_it_works.stage_panel import show_l1_stage, show_stage
from sparsefool.view.how_it_works.two_pixel_controls import (
    PLAYER,
    SPARSEFOOL,
    TwoPixelChoice,
    choose_classifier,
    draw_sliders,
    place_clicked,
)
from sparsefool.view.how_it_works.two_pixel_scene import Scene, l1_scene, scene
from sparsefool.view.how_it_works.two_pixel_svg import two_pixel_svg
from sparsefool.view.shared.page import lecture_mode
from sparsefool.view.shared.serving.turns import fragment

MAX_ROUNDS = 20
LECTURE_TEXT = 1.3
"""Size of the picture's text in lecture mode."""

_LAST = "world_last_stage"


def show_two_pixels() -> None:
    """Draw the two-pixel example; using it reruns nothing else on the page."""
    fragment(_two_pixels)()


def _two_pixels() -> None:
    st.html(algorithms.STYLE + stage_panel.STYLE + prompts.STYLE)
    place_clicked()
    with st.container(key="world_space"):
        things_to_try = st.container(key="world_tasks", gap="small")
        with things_to_try:
            row = prompts.begin_prompts()
        classifier, method = choose_classifier()
        with st.container(key="world_row"):
            with st.container(key="world_left", gap="small"):
                picture = st.container()
                choice = draw_sliders(classifier, method)
            with st.container(key="world_right", gap="small"):
                shown = _show_sparsefool(choice) if method == SPARSEFOOL else _show_l1(choice)
    with picture:
        size = LECTURE_TEXT if lecture_mode() else 1.0
        draw_canvas(two_pixel_svg(classifier, shown.scene, _alt(choice, shown.scene), size))
    prompts.note_answers(choice, shown.trace, at_end=shown.at_end)
    with things_to_try:
        prompts.draw_prompts(row, choice)


@dataclass(frozen=True)
class _Shown:
    """What the picture shows, the attack it belongs to, and whether it is the last stage."""

    scene: Scene
    trace: AttackTrace | L1Trace
    at_end: bool


def _show_sparsefool(choice: TwoPixelChoice) -> _Shown:
    trace = _trace(choice.classifier, choice.place, choice.lambda_, choice.delta)
    sequence = algorithm_steps(trace)
    at = _draw_player(len(sequence) - 1)
    stage = sequence[at]
    shown = scene(trace, stage)
    show_stage(trace, stage, choice.lambda_, choice.delta, shown)
    inside = {2: (6,)} if stage.algorithm == 1 else {}  # Algorithm 1 runs inside line 6 of Algorithm 2
    _draw_listings(stage.algorithm, {**inside, stage.algorithm: stage.lines}, (2, 1))
    return _Shown(shown, trace, at == len(sequence) - 1)


def _show_l1(choice: TwoPixelChoice) -> _Shown:
    trace = _l1_trace(choice.classifier, choice.place)
    last = len(trace.steps) + 1
    step = _draw_player(last)
    shown = l1_scene(trace, step)
    show_l1_stage(trace, step, shown)
    lines = (1,) if step == 0 else (9,) if step == last else (3, 4, 5, 6)
    _draw_listings(algorithms.L1, {algorithms.L1: lines}, (algorithms.L1,))
    return _Shown(shown, trace, step == last)


def _draw_listings(current: int, lines: dict[int, tuple[int, ...]], listed: tuple[int, ...]) -> None:
    """Draw the algorithms; where there is no room for two, the style shows only the current one."""
    parts = "".join(
        f'<div class="{name}">{listing_html(number, lines.get(number, ()))}</div>'
        for number, name in ((number, "current" if number == current else "") for number in listed)
    )
    with st.container(key="world_listings"):
        st.html(f'<div class="listings">{parts}</div>')


def _draw_player(last: int) -> int:
    """Draw the player; at the last stage it stays at the last stage when there are more or fewer."""
    before = st.session_state.get(_LAST, last)
    if before != last:
        PLAYER.go(last if PLAYER.at(before) == before else PLAYER.at(last))
    st.session_state[_LAST] = last
    return PLAYER.draw(last)


def _alt(choice: TwoPixelChoice, shown: Scene) -> str:
    ends = f" The point tested is at {shown.tested[0]:.0f}, {shown.tested[1]:.0f}." if shown.tested else ""
    return (
        f"The square of all images of two pixels, divided by the {choice.classifier} classifier, with x at "
        f"{choice.place[0]}, {choice.place[1]}.{ends} Click to move x."
    )


@lru_cache(maxsize=256)
def _trace(name: str, place: tuple[int, int], lambda_: float, delta: int) -> AttackTrace:
    classifier = two_pixel_classifier(name)
    return trace_attack(classifier, _image(place), lambda_=lambda_, delta=delta, max_iter=MAX_ROUNDS)


@lru_cache(maxsize=256)
def _l1_trace(name: str, place: tuple[int, int]) -> L1Trace:
    return trace_l1_deepfool(two_pixel_classifier(name), _image(place))


def _image(place: tuple[int, int]) -> Float[Tensor, "1 1 1 2"]:
    return as_image(torch.tensor([place]) / 255)
