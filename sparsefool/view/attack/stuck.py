"""Why a run does not fool the network, and the button for the λ that gets through."""

from collections.abc import Sequence

import streamlit as st

from sparsefool.attacks import INTERACTIVE
from sparsefool.backend.attack.lambda_search import LambdaSearch, LambdaSearchReport, search_lambda
from sparsefool.backend.attack.report import AttackReport, Step
from sparsefool.backend.attack.request import AttackRequest
from sparsefool.backend.attack.shortfall import Shortfall, find_shortfall
from sparsefool.errors import Cancelled
from sparsefool.view.attack.promise_chart import promise_alt, promise_figure
from sparsefool.view.components.picture_saving import saved_figure
from sparsefool.view.shared.charts import show_chart
from sparsefool.view.shared.controls.attack import ATTACK, LAMBDA
from sparsefool.view.shared.runs import Runs, session_runs
from sparsefool.view.shared.status import are_steps

Search = Runs[LambdaSearch, LambdaSearchReport]

SEARCH = "lambda_search"
"""Where the session keeps the search for λ."""

_FOUND = "found_lambda"

_WITHOUT_LAMBDA = next(spec for spec in INTERACTIVE if "lambda_" not in spec.ranges)
"""The attack to try where no λ helps."""


def apply_found_lambda() -> None:
    """Move the control of λ to what a search has found; must be called before the controls are drawn."""
    found = st.session_state.pop(_FOUND, None)
    if found is not None:
        st.session_state[LAMBDA] = found


def follow_search(request: AttackRequest, runs: Runs[AttackRequest, AttackReport]) -> Search:
    """Return the search for λ; show what it has found, and cancel it if it is about another request.

    Args:
        request: what the controls ask for.
        runs: of the page; they adopt the attack that fooled the network.
    """
    search = session_runs(SEARCH, search_lambda)
    if search.requested is None:
        return search
    if search.requested.request != request:
        search.cancel()
        return search
    search.collect()
    found = search.report.report if search.current and search.report else None
    if found is not None:
        runs.adopt(found.request, found)
        st.session_state[_FOUND] = found.request.lambda_
        del st.session_state[SEARCH]
        st.rerun()
    return search


def show_cut_short(runs: Runs[AttackRequest, AttackReport], search: Search) -> None:
    """Draw why the last run had not fooled the network by the time it was cancelled, if it was."""
    steps = runs.job.status.payload if runs.job and isinstance(runs.error, Cancelled) else None
    shortfall = find_shortfall(runs.requested, steps) if runs.requested and are_steps(steps) else None
    if shortfall is not None and are_steps(steps):
        show_stuck(shortfall, steps, search)


def show_stuck(shortfall: Shortfall, steps: Sequence[Step], search: Search) -> None:
    """Draw why a run is stuck: the finding, the way out, and the margin beside what the planes promised."""
    with st.container(border=True, key="stuck"):
        left, right = st.columns([5, 8], gap="medium")
        with left:
            st.subheader("Why it is stuck", anchor=False)
            st.markdown(shortfall.sentence)
            if not shortfall.confined:
                _way_out(shortfall.request, search)
        with right, saved_figure("promise"):
            show_chart(
                promise_figure(steps),
                key="promise_chart",
                name="promise",
                alt=promise_alt(shortfall),
            )


def _way_out(request: AttackRequest, search: Search) -> None:
    """Draw the button for a larger λ; where none is left or helps, the one for the attack without λ."""
    wanted = LambdaSearch(request)
    tried = search.completed == wanted
    values = ", ".join(f"{each:g}" for each in wanted.lambdas)
    if wanted.lambdas and not tried:
        st.button(
            "Find the λ that gets through",
            type="primary",
            icon=":material/moving:",
            key="find_lambda",
            disabled=search.running,
            on_click=search.start,
            args=(wanted,),
            width="stretch",
        )
        st.caption(f"Tries λ = {values} in this order, and shows the first that fools the network.")
        return
    if tried:
        st.markdown(f"None of λ = {values} gets through within {request.max_iter} iterations.")
    st.button(
        f"Try {_WITHOUT_LAMBDA.method_title}",
        type="primary",
        icon=":material/grain:",
        key="try_without_lambda",
        on_click=_choose_attack,
        args=(_WITHOUT_LAMBDA.name,),
        width="stretch",
    )
    st.caption("It takes no λ: beyond the paper, it moves whole pixels, several ways at once.")


def _choose_attack(name: str) -> None:
    st.session_state[ATTACK] = name
