"""The two-pixel world: its controls, its picture, the stage that is shown and what it means."""

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
from sparsefool.view.how_it_works.listings import listing_html
from sparsefool.view.how_it_works.stage_panel import show_l1_stage, show_stage
from sparsefool.view.how_it_works.two_pixel_controls import (
    METHODS,
    PLAYER,
    WorldChoice,
    choose_world,
    draw_prompts,
    draw_world_sliders,
    place_clicked,
)
from sparsefool.view.how_it_works.two_pixel_scene import Scene, l1_scene, scene
from sparsefool.view.how_it_works.two_pixel_svg import world_svg
from sparsefool.view.shared.query_parameters import check_number

MAX_ROUNDS = 20
_LAST = "world_last_stage"


def show_world() -> None:
    """Draw the two-pixel world; what happens in it reruns nothing else on the page."""
    st.fragment(_world)()


def _world() -> None:
    st.html(algorithms.STYLE)
    place_clicked()
    world, method = choose_world()
    with st.container(key="world_space"), st.container(key="world_row"):
        with st.container(key="world_left", gap="small"):
            picture = st.container()
            choice = draw_world_sliders(world, method)
        with st.container(key="world_right", gap="small"):
            seen = _show_sparsefool(choice) if method == METHODS[0] else _show_l1(choice)
        with st.container(key="world_listings", horizontal=True, gap="small"):
            for algorithm in (2, 1) if method == METHODS[0] else ():
                st.html(listing_html(algorithm, seen.lines.get(algorithm, ())), width="content")
    with picture:
        draw_canvas(world_svg(world, seen.scene, _alt(choice, seen.scene)))
    draw_prompts()


@dataclass(frozen=True)
class _Seen:
    """What the picture shows, and the lines that are marked in the listings, by algorithm."""

    scene: Scene
    lines: dict[int, tuple[int, ...]]


def _show_sparsefool(choice: WorldChoice) -> _Seen:
    recording = _recording(choice.world, choice.place, choice.lambda_, choice.delta)
    sequence = algorithm_steps(recording)
    stage = sequence[_transport(len(sequence) - 1)]
    with st.container(key="stage_words"):
        show_stage(recording, stage, choice.lambda_, choice.delta)
    inside = {2: (6,)} if stage.algorithm == 1 else {}  # Algorithm 1 runs inside line 6 of Algorithm 2
    return _Seen(scene(recording, stage), {**inside, stage.algorithm: stage.lines})


def _show_l1(choice: WorldChoice) -> _Seen:
    walk = _walk(choice.world, choice.place)
    step = _transport(len(walk.steps) + 1)
    with st.container(key="stage_words"):
        show_l1_stage(walk, step)
    return _Seen(l1_scene(walk, step), {})


def _transport(last: int) -> int:
    """Draw the transport; who stands at the end stays at the end when the way becomes longer or shorter."""
    check_number(PLAYER.key, 0, last, 0)
    before = st.session_state.get(_LAST, last)
    if before != last:
        PLAYER.go(last if PLAYER.at(before) == before else PLAYER.at(last))
    st.session_state[_LAST] = last
    return PLAYER.draw(last)


def _alt(choice: WorldChoice, seen: Scene) -> str:
    ends = f" The point tested is at {seen.tested[0]:.0f}, {seen.tested[1]:.0f}." if seen.tested else ""
    return (
        f"The square of all images of two pixels, divided by the {choice.world} classifier, with x at "
        f"{choice.place[0]}, {choice.place[1]}.{ends} Click to move x."
    )


@lru_cache(maxsize=256)
def _recording(world: str, place: tuple[int, int], lambda_: float, delta: int) -> AttackTrace:
    classifier = two_pixel_classifier(world)
    return trace_attack(classifier, _image(place), lambda_=lambda_, delta=delta, max_iter=MAX_ROUNDS)


@lru_cache(maxsize=256)
def _walk(world: str, place: tuple[int, int]) -> L1Trace:
    return trace_l1_deepfool(two_pixel_classifier(world), _image(place))


def _image(place: tuple[int, int]) -> Float[Tensor, "1 1 1 2"]:
    return as_image(torch.tensor([place]) / 255)
