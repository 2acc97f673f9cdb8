"""Where a result on the page comes from, if no attack was run for it, and the button that runs one."""

from datetime import datetime

import streamlit as st

from sparsefool.backend.attack.report import AttackReport, Origin
from sparsefool.backend.attack.request import AttackRequest
from sparsefool.formats import short_time
from sparsefool.view.shared.runs import Runs
from sparsefool.view.shared.wording import day


def show_origin(report: AttackReport, runs: Runs[AttackRequest, AttackReport]) -> None:
    """Draw where a stored result comes from, and a button to run its attack live; nothing for a fresh one.

    It takes one line, and stands in a row of other things too.
    """
    if report.origin is Origin.RUN:
        return
    text, more = origin_text(report)
    with st.container(
        horizontal=True, gap="small", vertical_alignment="center", width="content", key="origin"
    ):
        st.caption(text, width="content", help=more)
        st.button(
            "Run it live",
            type="tertiary",
            icon=":material/play_arrow:",
            key="run_live",
            help="Compute the same attack anew, here and now.",
            on_click=runs.start,
            args=(report.request,),
        )


def origin_text(report: AttackReport) -> tuple[str, str]:
    """Return where a stored result comes from, in one line, and the rest of it for a tooltip."""
    live = "Move λ or δ, and the attack runs live."
    if report.origin is Origin.KEPT:
        text = f"Computed on this server at {datetime.fromisoformat(report.date):%H:%M} UTC"
        took = short_time(report.seconds)
        return text, f"It took {took}; whoever asks for the same sees this result. {live}"
    torch, processor = report.versions["torch"].partition("+")[0], report.device.title.partition(",")[0]
    text = f"Stored result, computed on {day(report.date)}"
    return text, f"With PyTorch {torch} on {processor}. It comes with the project. {live}"
