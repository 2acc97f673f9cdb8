"""A real network in the plane of an attack: its controls, its picture, and how flat its boundary is."""

import streamlit as st

from sparsefool.backend.planes.request import (
    ATTACK,
    FEW,
    GRIDS,
    KINDS,
    MANY,
    RANDOM,
    SEEDS,
    PlaneReport,
    PlaneRequest,
)
from sparsefool.backend.planes.run import run_plane
from sparsefool.backend.planes.stored import EXAMPLES, PlaneExample, stored_on, stored_plane
from sparsefool.devices import choose_device
from sparsefool.errors import ParameterError, StoreError
from sparsefool.view.how_it_works.plane_figure import HEIGHT, NAME_SIZE, plane_figure
from sparsefool.view.how_it_works.plane_numbers import finding, show_legend, show_plane_numbers
from sparsefool.view.shared.charts import chart_height, choose_chart_format, show_chart, text_size
from sparsefool.view.shared.controls.attack import (
    AttackControls,
    draw_attack_controls,
    show_no_picture,
)
from sparsefool.view.shared.controls.attack_address import open_attack_page
from sparsefool.view.shared.palette import text_color
from sparsefool.view.shared.runs import Runs, session_runs
from sparsefool.view.shared.serving.turns import fragment
from sparsefool.view.shared.status import REDRAW, result_container, show_status, update_interval
from sparsefool.view.shared.widgets import choose_one, number_input
from sparsefool.view.shared.wording import day
from sparsefool.zoo.specs import find_spec

_TITLES = {ATTACK: "Through x, x_B, final x", RANDOM: "Normal and random"}
LARGE = 128
"""Input height or width in pixels from which a network counts as slow."""

DURATION = (
    "A large network is slow on a CPU: with EfficientNet-Lite0 on two cores, 41 × 41 points took one minute "
    "and 81 × 81 four, including the attack. A coarse picture appears first, and you can cancel."
)

STORED_HEIGHT = 440
"""Height in pixels of the two figures side by side."""

_KEY, _LOOK = "plane_runs", "look"


def show_stored_planes() -> bool:
    """Draw the planes that come with the project: a flat boundary first, then a bent one.

    Returns:
        Whether all are there; a notice stands where one is missing or damaged.
    """
    with st.container(key="stored_planes"):
        found = [_show_stored_plane(example) for example in EXAMPLES]
    return all(found)


def show_network(ready: bool) -> AttackControls:
    """Draw the controls of an attack and, beside them, the plane through it; return what they ask for.

    Args:
        ready: whether to open them at once, although nothing has been asked for yet.
    """
    opened = ready or bool(st.session_state.get(_LOOK) or st.query_params.get(_LOOK))
    with (
        st.expander("Another picture, network or λ: compute its plane", expanded=opened),
        st.container(key="network_row"),
    ):
        with st.container(key="network_controls"):
            controls = draw_attack_controls()
        with st.container(key="network_plane"):
            _show_plane(controls)
    return controls


def offer_attack_page(controls: AttackControls) -> None:
    """Draw the button that opens the Attack page with the same attack."""
    pressed = st.button(
        "Open this picture and network on the Attack page",
        icon=":material/blur_on:",
        key="open_attack",
        type="tertiary",
        disabled=controls.request is None,
    )
    if pressed and controls.request and controls.image:
        open_attack_page(controls.request, controls.image.sample, controls.region)


def _show_stored_plane(example: PlaneExample) -> bool:
    """Draw a stored plane and where it comes from, or a notice; return whether it is there."""
    with st.container(key=f"stored_plane_{example.name}", gap="small"):
        try:
            report, date = stored_plane(example), stored_on(example)
        except StoreError as error:
            st.warning(
                f"A plane that comes with the project cannot be shown: {error} "
                "`sparsefool experiment planes --ship` makes it anew. Below, you can compute one now.",
            )
            return False
        _show_report(report, f"plane_{example.name}", STORED_HEIGHT)
        st.caption(
            f"{find_spec(example.model).title}, sample {example.index + 1} "
            f"({report.names[report.start_label]}), λ = {example.lambda_:g}. Stored on {day(date)}; "
            "`sparsefool experiment planes` computes it anew."
        )
    return True


def _show_plane(controls: AttackControls) -> None:
    runs = session_runs(_KEY, run_plane, alone=True)
    requested = st.toggle(
        "Classify images all over the plane",
        key=_LOOK,
        bind="query-params",
        help="81 × 81 images for a small network, a second or two; for a large one you can choose.",
    )
    kind = _choose_kind()
    seed = _choose_seed() if kind == RANDOM else 0
    points = _choose_points(controls)
    if not requested:
        runs.cancel()
        return
    if controls.request is None:
        runs.cancel()
        show_no_picture(controls.problem)
        return
    try:
        request = PlaneRequest(controls.request, kind, seed, points)
    except ParameterError as error:
        st.error(str(error), title="This cannot be used")
        return
    runs.submit(request)
    show_status(runs)
    if runs.report is not None and runs.current:
        _show_result(runs.report, current=True)
        choose_chart_format()
    else:
        fragment(_meanwhile, run_every=update_interval(REDRAW, runs) if runs.running else None)(runs, request)


def _meanwhile(runs: Runs[PlaneRequest, PlaneReport], request: PlaneRequest) -> None:
    """Draw the coarse grid so far or, until there is one, the last result."""
    coarse = runs.job.status.payload if runs.job is not None else None
    earlier = runs.report_on(request)
    if isinstance(coarse, PlaneReport):
        with st.container(key="coarse"):
            _show_figure(coarse, "plane_chart", HEIGHT)
            st.caption(f"One point in {coarse.stride**2} so far; the numbers follow at the end.")
    elif earlier is not None:
        _show_result(earlier, current=False)


def _show_result(report: PlaneReport, current: bool) -> None:
    with result_container(current):
        _show_report(report, "plane_chart", HEIGHT)
        st.caption(f"{report.model} on {report.device}, {report.seconds:.1f} s.")


def _show_report(report: PlaneReport, key: str, height: int) -> None:
    st.markdown(f"**{finding(report)}**")
    show_legend(report)
    _show_figure(report, key, height)
    show_plane_numbers(report)


def _show_figure(report: PlaneReport, key: str, height: int) -> None:
    show_chart(
        plane_figure(report, text_color(), chart_height(height), text_size(NAME_SIZE)),
        key=key,
        alt=_alt(report),
    )


def _choose_kind() -> str:
    return choose_one("Plane", KINDS, "plane", _TITLES.__getitem__, ATTACK)


def _choose_points(controls: AttackControls) -> int:
    """Draw the choice of a grid for a slow network, and how long it takes."""
    if controls.request is None or max(find_spec(controls.request.model).input_size) < LARGE:
        return MANY
    points = choose_one("Grid", GRIDS, "plane_grid", _grid_title, FEW, help=DURATION)
    if choose_device(controls.request.device).type == "cpu":
        st.caption(DURATION)
    return points


def _grid_title(points: int) -> str:
    return f"{points} × {points}"


def _choose_seed() -> int:
    seed: int = number_input("Seed of the random direction", *SEEDS, 0, "plane_seed")
    return seed


def _alt(report: PlaneReport) -> str:
    names = ", ".join(report.names.values())
    return f"Decision regions of {report.model} on a plane through the attack: {names}."
