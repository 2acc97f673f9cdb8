"""A real network in the plane of an attack: its controls, its picture, and how flat its boundary is."""

import streamlit as st

from sparsefool.backend.plane_reports import ATTACK, KINDS, RANDOM, SEEDS, PlaneReport, PlaneRequest
from sparsefool.backend.plane_runs import run_plane
from sparsefool.errors import ParameterError
from sparsefool.view.address import AddressCheck
from sparsefool.view.controls import Controls, draw_controls
from sparsefool.view.ink import ink
from sparsefool.view.plane_figure import plane_figure
from sparsefool.view.plane_words import show_plane_numbers
from sparsefool.view.progress_panel import result_container, show_nothing_to_do, show_status
from sparsefool.view.runs import session_runs

_TITLES = {ATTACK: "Through x, x_B and the final x", RANDOM: "Along the normal and a random direction"}
_KEY, _LOOK = "plane_runs", "look"

ATTACK_CONTROLS = (
    "data",
    "model",
    "source",
    "picture",
    "lambda",
    "delta",
    "target",
    "max_iter",
    "candidates",
    "device",
)
"""The controls that the Attack page shares, as they are called in the address."""


def show_network(check: AddressCheck) -> None:
    """Draw the controls of the Attack page, and beside them the plane of that attack."""
    left, right = st.columns([1, 2.2], gap="large")
    with left:
        controls = draw_controls(check)
    with right:
        _show_plane(controls, check)


def look() -> None:
    """Ask for the plane (before its controls are drawn)."""
    st.session_state[_LOOK] = True


def attack_address() -> dict[str, str]:
    """Return what the address of the Attack page needs to show the same attack."""
    return {name: st.query_params[name] for name in ATTACK_CONTROLS if name in st.query_params}


def _show_plane(controls: Controls, check: AddressCheck) -> None:
    runs = session_runs(_KEY, run_plane)
    wanted = st.toggle(
        "Ask the network about 81 × 81 images of the plane",
        key=_LOOK,
        bind="query-params",
        help="A second or two for a small network; on a processor some minutes for a large one.",
    )
    kind = _choose_kind(check)
    seed = _choose_seed(check) if kind == RANDOM else 0
    if not wanted:
        runs.drop()
        return
    if controls.request is None:
        runs.drop()
        show_nothing_to_do(controls)
        return
    try:
        request = PlaneRequest(controls.request, kind, seed)
    except ParameterError as error:
        st.error(str(error), title="This cannot be used")
        return
    runs.follow(request)
    with st.container(key="status"):
        show_status(runs)
    report = runs.report_on(request)
    if report is not None:
        _show_report(report, runs.current)


def _show_report(report: PlaneReport, current: bool) -> None:
    with result_container(current):
        st.plotly_chart(
            plane_figure(report, ink()),
            width="content",
            key="plane_chart",
            config={"displayModeBar": False, "scrollZoom": True},
            alt=_alt(report),
        )
        show_plane_numbers(report)


def _choose_kind(check: AddressCheck) -> str:
    kind: str = st.segmented_control(
        "Plane",
        KINDS,
        default=ATTACK,
        required=True,
        format_func=_TITLES.__getitem__,
        key="plane",
        bind="query-params",
    )
    check.option("plane", list(_TITLES.values()), _TITLES[kind])
    return kind


def _choose_seed(check: AddressCheck) -> int:
    seed = st.number_input("Seed of the random direction", *SEEDS, 0, key="plane_seed", bind="query-params")
    check.number("plane_seed", *SEEDS, seed)
    return seed


def _alt(report: PlaneReport) -> str:
    names = ", ".join(report.names.values())
    return f"Decision regions of {report.request.attack.model} on a plane through the attack: {names}."
