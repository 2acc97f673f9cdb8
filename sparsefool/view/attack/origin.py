"""Where a result on the page comes from, if no attack was run for it, and the button that runs one."""

from datetime import datetime

import streamlit as st

from sparsefool.backend.attack.report import AttackReport, Origin
from sparsefool.backend.attack.request import AttackRequest
from sparsefool.view.shared.runs import Runs


def show_origin(report: AttackReport, runs: Runs[AttackRequest, AttackReport]) -> None:
    """Draw where a stored result comes from, and a button to run its attack live; nothing for a fresh one."""
    if report.origin is Origin.RUN:
        return
    with st.container(horizontal=True, gap="small", vertical_alignment="center", key="origin"):
        st.caption(origin_text(report), width="content")
        st.button(
            "Run it live",
            type="tertiary",
            icon=":material/play_arrow:",
            key="run_live",
            help="Computes the same attack anew, here and now.",
            on_click=runs.start,
            args=(report.request,),
        )


def origin_text(report: AttackReport) -> str:
    """Return where a stored result comes from, in one sentence."""
    when = datetime.fromisoformat(report.date)
    if report.origin is Origin.KEPT:
        return f"Computed on this server at {when:%H:%M} UTC, in {_seconds(report)}."
    torch, processor = report.versions["torch"].partition("+")[0], report.device.title.partition(",")[0]
    return (
        f"Stored result: computed on {when.day} {when:%B %Y} with PyTorch {torch} on {processor}, "
        f"in {_seconds(report)}."
    )


def _seconds(report: AttackReport) -> str:
    return f"{report.seconds:.2g} s" if report.seconds < 10 else f"{report.seconds:.0f} s"
