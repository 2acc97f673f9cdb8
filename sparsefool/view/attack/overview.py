"""The finding at a glance: headline, the three pictures, what the network sees, and the numbers."""

from html import escape
from typing import Any

import streamlit as st

from sparsefool.backend.attack.report import AttackReport, Prediction
from sparsefool.backend.attack.shortfall import shortfall_of
from sparsefool.backend.attack.stored_attack import stored_attack
from sparsefool.view.attack.messages import agreement, counted, headline, notes
from sparsefool.view.attack.stuck import Search, show_stuck
from sparsefool.view.components.picture_saving import saved_figure
from sparsefool.view.shared.controls.picture import SelectedImage
from sparsefool.view.shared.palette import AFTER, BEFORE
from sparsefool.view.shared.pictures import Change, mark_changes, show_picture, svg_uri

_PLAIN: dict[str, Any] = {"delta_color": "off", "delta_arrow": "off"}
STRONGEST = 4
"""Classes shown under a picture."""


def show_overview(report: AttackReport, image: SelectedImage, search: Search | None = None) -> None:
    """Draw the finding of a result.

    Args:
        report: the result.
        image: its picture.
        search: for a λ that gets through, offered where the attack is stuck; None for an earlier result.
    """
    st.header(headline(report), anchor=False)
    for note in notes(report, image):
        {"info": st.info, "warning": st.warning}[note.kind](note.text, title=note.title)
    shortfall = shortfall_of(report)
    if search is not None and shortfall is not None:
        show_stuck(shortfall, report.steps, search)
    _pictures(report)
    stored = stored_attack(report, image.sample.index) if image.sample else None
    if stored:
        st.caption(agreement(report, stored))
    _numbers(report)


def show_verdicts(report: AttackReport) -> None:
    """Draw one line: whether the network is fooled, with and without rounding, and what ran."""
    request = report.request
    aim = "" if request.target is None else " · targeted"
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        _verdict("8-bit picture", report.success_8bit)
        _verdict("float32 result", report.success)
        if report.boundary_reused:
            st.badge("first linearisation reused", icon=":material/recycling:", color="gray")
        st.caption(f"{request.model} · {request.setting}{aim}")


def _verdict(what: str, fooled: bool) -> None:
    if fooled:
        st.badge(f"{what}: fooled", icon=":material/check:", color="blue")
    else:
        st.badge(f"{what}: not fooled", icon=":material/close:", color="orange")


def _pictures(report: AttackReport) -> None:
    before, after = report.request.picture, report.adversarial
    change, names = report.change_8bit, report.class_names
    with saved_figure("overview", switches=True):
        left, middle, right = st.columns(3, gap="medium")
    with left:
        st.markdown("**Original**")
        show_picture(before, f"The original picture, which the network calls {report.before.name}.")
        st.html(_bars(report.before, names, BEFORE))
    with middle:
        what = "Adversarial" if report.success_8bit else "Perturbed"
        st.markdown(f"**{what}**")
        alt = f"The {what.lower()} picture, which the network calls {report.after_8bit.name}."
        show_picture(after, alt, Change(before, after))
        st.html(_bars(report.after_8bit, names, AFTER))
    with right:
        st.markdown("**Changed pixels**")
        alt = f"The {change.pixels} changed pixels, marked in yellow on the darkened original."
        show_picture(mark_changes(before, after), alt, Change(before, after))
        st.caption(_in_words(report))


def _work(report: AttackReport) -> tuple[str, str, str, str]:
    """Return title, value, remark and help of the metric for how long the attack went on."""
    title = f"{report.request.step_noun}s"
    if not report.request.most_steps:
        return (
            title,
            str(len(report.steps) - 1),
            f"{report.iterations} to fool",
            report.request.spec.summary,
        )
    return (
        title,
        str(report.iterations),
        f"of at most {report.request.max_iter}",
        f"Outer iterations of Algorithm 2; in {report.planes_behind} the plane lay behind the iterate.",
    )


def _in_words(report: AttackReport) -> str:
    change = report.change_8bit
    changed = counted(change.pixels, "pixel")
    if report.request.counts_features:
        changed = f"{counted(change.features, 'feature')} changed, in the {changed}"
    return (
        f"{changed} in yellow on the darkened original. No value changed by more than "
        f"{change.max_change:.0f} of 255 levels; δ allows {report.request.delta:g}."
    )


def _bars(prediction: Prediction, names: tuple[str, ...], colour: str) -> str:
    """Return the strongest classes as a table with bars."""
    rows = "".join(
        _bar(names[label], float(prediction.probabilities[label]), colour)
        for label in prediction.strongest(STRONGEST)
    )
    return f'<table style="width:100%;border-collapse:collapse;font-size:.875rem">{rows}</table>'


def _bar(name: str, probability: float, colour: str) -> str:
    track = (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 1" preserveAspectRatio="none">'
        '<rect width="100" height="1" fill="#808080" fill-opacity=".18"/>'
        f'<rect width="{100 * probability:.2f}" height="1" fill="{colour}"/></svg>'
    )
    style = "display:block;width:100%;height:.5rem;border-radius:3px"
    cell = "padding:2px 0;border:0"
    return (
        f'<tr><td style="{cell};width:45%;max-width:0;overflow:hidden;text-overflow:ellipsis;'
        f'white-space:nowrap" title="{escape(name, quote=True)}">{escape(name)}</td>'
        f'<td style="{cell}"><img src="{svg_uri(track)}" alt="" style="{style}"></td>'
        f'<td style="{cell};width:4.2em;text-align:right;font-variant-numeric:tabular-nums">'
        f"{probability:.1%}</td></tr>"
    )


def _numbers(report: AttackReport) -> None:
    change, unrounded = report.change_8bit, report.change
    cells = iter(st.columns([4, 4, 4, 4, 5.5, 4], gap="small"))
    few = [next(cells), next(cells)]
    pixels, features = reversed(few) if report.request.counts_features else few
    pixels.metric(
        "Pixels",
        f"{change.pixels:,}",
        f"{change.percent:.2g} % of all",
        help=f"Pixels that differ in any channel. Before rounding to 8 bits: {unrounded.pixels:,}.",
        **_PLAIN,
    )
    features.metric(
        "Features",
        f"{change.features:,}",
        "values changed",
        help=f"Channel values that differ. Before rounding to 8 bits: {unrounded.features:,}.",
        **_PLAIN,
    )
    next(cells).metric(
        "Largest change",
        f"{change.max_change:.0f}",
        f"of {report.request.delta:g} allowed",
        help=f"In levels of 0 to 255. Before rounding to 8 bits: {unrounded.max_change:.1f}.",
        **_PLAIN,
    )
    title, value, remark, explanation = _work(report)
    next(cells).metric(title, value, remark, help=explanation, **_PLAIN)
    next(cells).metric(
        "Passes",
        f"{report.forwards:,} + {report.backwards:,}",
        "forward + backward",
        help="Passes through the network in this run. The first linearisation depends on neither λ nor δ, so "
        "moving them does not compute it again.",
        **_PLAIN,
    )
    next(cells).metric(
        "Time", _duration(report.seconds), f"on {report.device.name}", help=str(report.device), **_PLAIN
    )


def _duration(seconds: float) -> str:
    return f"{seconds:.2f} s" if seconds < 10 else f"{seconds:.0f} s"
