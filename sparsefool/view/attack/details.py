"""The technical facts of a result, one click away, in plain words."""

import streamlit as st

from sparsefool.backend.attack.report import AttackReport, Origin
from sparsefool.backend.attack.stored_attack import stored_attack
from sparsefool.formats import counted, short_time
from sparsefool.view.attack.messages import agreement
from sparsefool.view.shared.controls.picture import SelectedImage
from sparsefool.zoo.specs import find_spec


def show_details(report: AttackReport, image: SelectedImage) -> None:
    """Draw the button behind which the facts stand; they are drawn once it has been pressed."""
    place = st.popover("Details", icon=":material/info:", key="details_open", on_change="rerun")
    if not place.open:
        return
    with place, st.container(key="details"):
        rows = "\n".join(f"| {what} | {value} |" for what, value in facts(report))
        st.markdown(f"| This run | |\n|:--|:--|\n{rows}")
        sample = image.sample if report.origin is Origin.RUN else None
        stored = stored_attack(report, sample.index) if sample else None
        if stored:
            st.caption(agreement(report, stored))


def facts(report: AttackReport) -> list[tuple[str, str]]:
    """Return the facts of a result: what each is about, and what it says."""
    request, change, unrounded = report.request, report.change_8bit, report.change
    limit = f"; at most {request.max_passes:,} in all" if request.has_max_passes else ""
    return [
        ("Network", find_spec(request.model).title),
        ("Fooled by the picture as saved (8 bits a value)", _yes(report.success_8bit)),
        ("Fooled before rounding to whole levels", _yes(report.success)),
        (
            "Pixels changed",
            f"{change.pixels:,} ({change.percent:.2g} %); before rounding {unrounded.pixels:,}",
        ),
        (
            "Values changed (colour channels of pixels)",
            f"{change.features:,}; before rounding {unrounded.features:,}",
        ),
        (
            "Largest change of a value",
            f"{change.max_change:.0f} of 255 levels; δ allows {request.delta:g}",
        ),
        _work(report),
        (
            "Passes through the network",
            f"{report.forwards:,} forward, {report.backwards:,} backward{limit}",
        ),
        (
            "First estimate of the boundary (depends on neither λ nor δ)",
            "reused from an earlier run" if report.boundary_reused else "computed in this run",
        ),
        (
            "Time" if report.timed_here else "Time when it was stored",
            f"{short_time(report.seconds)} on {report.device}",
        ),
    ]


def _work(report: AttackReport) -> tuple[str, str]:
    """Return how long the attack went on, in its own steps."""
    noun = report.request.step_noun
    if not report.request.most_steps:
        return f"{noun}s", f"{len(report.steps) - 1}; {report.iterations} to fool the network"
    text = f"{report.iterations} of at most {report.request.max_iter}"
    if report.planes_behind:
        behind = counted(report.planes_behind, noun.lower())
        text += f"; in {behind} the estimated boundary lay behind the picture and was mirrored"
    return f"{noun}s", text


def _yes(fooled: bool) -> str:
    return "yes" if fooled else "no"
