"""What transferred images become: how often the class that they took on their source."""

from collections.abc import Sequence

import plotly.graph_objects as go
import streamlit as st

from sparsefool.analysis.transfer_rates import Rate, TakenClass
from sparsefool.analysis.verdicts import in_words
from sparsefool.formats import percent, percents
from sparsefool.view.shared.charts import show_chart
from sparsefool.view.shared.dot_chart import Series, dot_figure
from sparsefool.view.shared.palette import AFTER, BEFORE, GREY
from sparsefool.view.shared.wording import answered, glued
from sparsefool.zoo.specs import find_spec

SERIES = (
    ("taken_alike", "transferred images that take the source's fooling class", AFTER, "diamond"),
    ("agreed_alike", "the same images: both networks' own attacks agree", BEFORE, "circle"),
    ("agreed", "all images seen alike: both networks' own attacks agree", GREY, "square"),
)
"""The rates that are drawn for each pair of networks: their titles, colours and symbols."""


def show_taken_classes(found: Sequence[TakenClass]) -> None:
    """Draw whether transferred images become what they became on their source, with the finding in words.

    Args:
        found: of :func:`~sparsefool.analysis.transfer_rates.taken_classes`.
    """
    st.subheader("What a transferred image becomes", anchor=False)
    st.markdown(glued(taken_finding(found)))
    if any(each.taken.n for each in found):
        show_chart(
            taken_figure(found),
            key="taken",
            name="transferred classes",
            alt=" ".join(taken_sentence(each) for each in found),
        )
    measured = [each for each in found if each.taken.n]
    if not measured:
        return
    with st.expander("Each pair in words, and how it is counted", icon=":material/info:"):
        st.markdown("\n".join(f"- {taken_sentence(each)}" for each in measured))
        st.caption(
            "The class of a transferred image may be the source's because the two networks have the same "
            "nearest class anyway; how often their own, separate attacks agree shows that. It is counted "
            "over the images that both networks see alike and whose own attacks fooled both. Lines: Wilson's "
            "intervals, 95 %. Verdicts: exact McNemar test on the same images, Holm's correction over all "
            "pairs."
        )


def taken_finding(found: Sequence[TakenClass]) -> str:
    """Return the finding over all pairs of networks, of the images that the chart is about."""
    if not any(each.taken.n for each in found):
        return "No image transferred."
    counted = [each for each in found if each.taken_alike.n]
    if not counted:
        return "No transferred image was seen alike by both networks, so there is nothing to compare."
    rates = [each.taken_alike.estimate.value for each in counted]
    answer = answered([each.beyond_agreement for each in counted])
    return (
        "**Of the transferred images that both networks saw alike, "
        f"{percents(min(rates), max(rates))} take the class that they took on their source. Is that more "
        f"than the two networks' separate attacks agree on the same images? {answer}.**"
    )


def taken_sentence(found: TakenClass) -> str:
    """Return what is drawn of one pair of networks as a sentence, with the verdict."""
    source, target = find_spec(found.source).title, find_spec(found.target).title
    if not found.taken.n:
        return f"{source} → {target}: no image transferred."
    pair, every = f"{source} → {target}", f"all that transferred: {_measured(found.taken)}"
    n = found.taken_alike.n
    if not n:
        return f"{pair}: both networks saw none of the transferred images alike; {every}."
    return (
        f"{pair}: **{in_words(found.beyond_agreement, n)}**. Of those seen alike by both networks, "
        f"{_measured(found.taken_alike)} take the source's class, where separate attacks on the same images "
        f"agree on {_measured(found.agreed_alike)} and on all images seen alike on "
        f"{_measured(found.agreed)}; {every}."
    )


def taken_figure(found: Sequence[TakenClass]) -> go.Figure:
    """Return the rates of each pair of networks with their intervals, one row for each pair."""
    series = []
    for name, title, colour, symbol in SERIES:
        rates: list[Rate] = [getattr(each, name) for each in found]
        notes = [f"{rate.count:,} of {rate.n:,}" for rate in rates]
        series.append(Series(title, colour, symbol, [rate.estimate for rate in rates], notes))
    labels = [_label(each) for each in found]
    return dot_figure(labels, series, "taken", "Share of the images", (-0.02, 1.02))


def _label(found: TakenClass) -> str:
    source, target = find_spec(found.source).title, find_spec(found.target).title
    return f"{source} →<br>{target}, n = {found.taken_alike.n:,}"


def _measured(rate: Rate) -> str:
    low, high = rate.estimate.interval
    shown = percent(rate.estimate.value)
    return f"{rate.count:,} of {rate.n:,} = {shown} ({percents(low, high)})"
