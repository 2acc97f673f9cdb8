"""Two settings side by side: the pinned run and the one shown, and what differs between them."""

from collections.abc import Sequence

import streamlit as st

from sparsefool.backend.attack.report import AttackReport
from sparsefool.data.pictures import Picture
from sparsefool.formats import NOTHING, counted, percent, short_time
from sparsefool.view.attack.finding import few_in_words, setting_in_words
from sparsefool.view.attack.kept_runs.history import RunHistory
from sparsefool.view.attack.overview import PICTURE_ROW, show_titled
from sparsefool.view.components.picture_saving import saved_figure
from sparsefool.view.shared.charts import legend_html
from sparsefool.view.shared.palette import MARK, SKY, VERMILLION, rgb
from sparsefool.view.shared.pictures import Change, changed_mask, darkened
from sparsefool.zoo.specs import find_spec


def show_pinned(history: RunHistory) -> None:
    """Draw the pinned run beside the one shown; nothing while there is only one."""
    if history.pinned is None or history.shown is None:
        return
    with st.container(key="pinned"):
        if history.pinned is history.shown:
            st.caption("This run is pinned: move λ or δ, and the next one stands beside it.")
            return
        _side_by_side(history.pinned.report, history.shown.report)


def _side_by_side(pinned: AttackReport, shown: AttackReport) -> None:
    same_picture = pinned.request.picture_sha256 == shown.request.picture_sha256
    st.subheader(f"Pinned and current: {few_in_words(pinned)}, {few_in_words(shown)}", anchor=False)
    with saved_figure("side_by_side"), st.container(key=f"side_{PICTURE_ROW}"):
        left, middle, right = st.columns(3, gap="small")
        with left:
            _result("Pinned", pinned)
        with middle:
            _result("Current", shown)
        with right:
            if same_picture:
                both, only_pinned, only_shown = overlap(pinned, shown)
                alt = (
                    f"{counted(both, 'pixel')} changed in both runs, {only_pinned:,} only in the pinned one, "
                    f"{only_shown:,} only in the current one."
                )
                show_titled("Pixels of both", both_changes(pinned, shown), alt)
                st.html(
                    legend_html(
                        (MARK, f"both: {both:,}"),
                        (SKY, f"only pinned: {only_pinned:,}"),
                        (VERMILLION, f"only current: {only_shown:,}"),
                    )
                )
    rows = "\n".join(f"| {' | '.join(row)} |" for row in differences(pinned, shown))
    st.markdown(f"| | Pinned | Current | Difference |\n|:--|--:|--:|--:|\n{rows}")


def _result(title: str, report: AttackReport) -> None:
    name = report.after_8bit.name
    alt = f"The result of the {title.lower()} run, which the network calls {name}."
    change = Change(report.request.picture, report.adversarial)
    show_titled(f"{title}: {setting_in_words(report.request)}", report.adversarial, alt, change)
    st.caption(f"{name} {percent(report.after_8bit.confidence, 1)} · {few_in_words(report)}")


def overlap(pinned: AttackReport, shown: AttackReport) -> tuple[int, int, int]:
    """Return how many pixels of one picture changed in both runs, and in one of them alone."""
    first, second = (changed_mask(each.request.picture, each.adversarial) for each in (pinned, shown))
    return int((first & second).sum()), int((first & ~second).sum()), int((second & ~first).sum())


def both_changes(pinned: AttackReport, shown: AttackReport) -> Picture:
    """Return the darkened picture with the pixels of both runs in three colours."""
    picture = shown.request.picture
    marked = darkened(picture)
    first, second = (changed_mask(picture, each.adversarial) for each in (pinned, shown))
    marked[first] = rgb(SKY)
    marked[second] = rgb(VERMILLION)
    marked[first & second] = rgb(MARK)
    return Picture(marked, f"pixels of two runs on {picture.name}")


def differences(pinned: AttackReport, shown: AttackReport) -> Sequence[tuple[str, str, str, str]]:
    """Return what the two runs were asked and what came out: name, pinned, current, and the difference."""
    both = pinned, shown
    change = [each.change_8bit for each in both]
    rows = [
        _words("Network", [find_spec(each.request.model).title for each in both]),
        _words("Method", [each.request.spec.method_title for each in both]),
        _words("λ", [f"{each.request.lambda_:g}" if each.request.has_lambda else "none" for each in both]),
        _words("δ", [f"{each.request.delta:g}" for each in both]),
        _words("The network sees", [each.after_8bit.name for each in both]),
        _numbers("Pixels changed", [each.pixels for each in change], "{:,.0f}"),
        _numbers("Values changed", [each.features for each in change], "{:,.0f}"),
        _numbers("Largest change of a value", [each.max_change for each in change], "{:,.0f}"),
    ]
    before, now = (short_time(each.seconds) if each.timed_here else NOTHING for each in both)
    comparable = pinned.seconds and NOTHING not in (before, now)
    ratio = f"× {shown.seconds / pinned.seconds:.2g}" if comparable else ""
    return [*rows, ("Time", before, now, ratio)]


def _words(name: str, values: Sequence[str]) -> tuple[str, str, str, str]:
    return name, values[0], values[1], "" if values[0] == values[1] else "differs"


def _numbers(name: str, values: Sequence[float], form: str) -> tuple[str, str, str, str]:
    first, second = values
    sign = "+" if second > first else "−"
    difference = "same" if first == second else sign + form.format(abs(second - first))
    return name, form.format(first), form.format(second), difference
