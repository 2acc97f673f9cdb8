"""The bar above the pictures that stays in sight: the finding, method, λ and δ, and what goes on."""

from dataclasses import dataclass

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from sparsefool.backend.attack.report import AttackReport
from sparsefool.backend.attack.request import AttackRequest
from sparsefool.backend.attack.shortfall import shortfall_of
from sparsefool.view.attack.details import show_details
from sparsefool.view.attack.finding import headline, move_in_words, searching, setting_in_words
from sparsefool.view.attack.kept_runs.history import RunHistory
from sparsefool.view.attack.messages import notes
from sparsefool.view.attack.stuck import Search, show_stuck
from sparsefool.view.shared.controls.picture import SelectedImage
from sparsefool.view.shared.runs import Runs
from sparsefool.view.shared.status import show_status
from sparsefool.zoo.specs import find_spec

_STYLE = """<style>
.stApp:has(.st-key-steering) [data-testid=stMainBlockContainer]{padding-top:.5rem}
div:has(>.st-key-steering){position:sticky;top:0;z-index:90;background:light-dark(#ffffff,#10151c)}
.stApp:has(.st-key-steering) [data-testid=stHeader]{background:none;pointer-events:none}
[data-testid=stHeader] *{pointer-events:auto}
.st-key-steering{padding:.25rem 0;gap:.4rem}
.st-key-finding{min-height:3.75rem;justify-content:center}
.stApp:has([data-testid=stSidebar][data-collapsed=true]) .st-key-finding{padding-left:6rem}
.st-key-finding [data-testid=stMarkdownContainer]{margin-bottom:0}
.st-key-finding h2{font-size:1.5rem;line-height:1.25;padding:0}
.st-key-details table{font-size:.875rem}
[class*=picture_row]{--picture-height:calc(100vh - 18.5rem)}
[class*=picture_row] [data-testid=stColumn]>[data-testid=stVerticalBlock]{gap:.4rem}
</style>"""
"""The bar stays at the top, in the place of Streamlit's header; the pictures get the height that is left."""


@dataclass(frozen=True)
class SteeringBar:
    """The parts of the bar, from top to bottom, and the place below it."""

    finding: DeltaGenerator
    controls: DeltaGenerator
    status: DeltaGenerator
    below: DeltaGenerator


def steering_bar() -> SteeringBar:
    """Draw the empty bar; each part has its height from the start, so that nothing below it jumps."""
    st.html(_STYLE)
    with st.container(key="steering", gap="small"):
        parts = (
            st.container(key="finding"),
            st.container(key="steering_controls"),
            st.container(key="steering_status"),
        )
    return SteeringBar(*parts, st.container())


def show_outcome(
    bar: SteeringBar,
    runs: Runs[AttackRequest, AttackReport],
    report: AttackReport | None,
    image: SelectedImage,
) -> None:
    """Draw the finding, or what is searched for while an attack runs."""
    with bar.finding:
        if runs.running and runs.requested is not None:
            st.header(searching(runs.requested), anchor=False)
        elif report is not None:
            truth = "" if image.truth is None else image.truth_name
            earlier = "" if runs.current else f"Earlier, with {setting_in_words(report.request)}: "
            text = headline(report, truth)
            st.header(earlier + (text[0].lower() + text[1:] if earlier else text), anchor=False)


def show_status_line(
    bar: SteeringBar,
    runs: Runs[AttackRequest, AttackReport],
    search: Search,
    history: RunHistory,
    image: SelectedImage,
) -> None:
    """Draw the progress of a run; without one, what ran, what the last move did, and the details.

    A run that ended without a result is explained below the bar: it takes more than a line.
    """
    active = search if search.running or search.error else runs
    boxed = active.error is not None and not active.running
    with bar.below if boxed else bar.status:
        place = show_status(active)
    if active.running or not runs.current or runs.report is None:
        return
    request = runs.report.request
    with (
        bar.status if boxed else place,
        st.container(key="result_line", horizontal=True, gap="small", vertical_alignment="center"),
    ):
        move = move_in_words(history.before.report, runs.report) if history.before else ""
        told = f"**{move}** · " if move else ""
        st.markdown(f"{told}{find_spec(request.model).title} · {setting_in_words(request)}", width="stretch")
        show_details(runs.report, image)


def show_notes(report: AttackReport, search: Search | None) -> None:
    """Draw what a result needs beside its headline: a warning, and why the attack is stuck if it is."""
    for note in notes(report):
        {"info": st.info, "warning": st.warning}[note.kind](note.text, title=note.title)
    shortfall = shortfall_of(report)
    if search is not None and shortfall is not None:
        show_stuck(shortfall, report.steps, search)
