"""Paper and here: the paper's tables and conclusions beside what was measured on this project's networks."""

import math
from collections.abc import Mapping

import streamlit as st

from sparsefool.analysis.paper.claims import SIGNIFICANT, Claim, check_claims
from sparsefool.analysis.paper.comparison import PaperComparisonRow, compare_with_paper
from sparsefool.analysis.paper.figures import PaperFigure
from sparsefool.formats import NOTHING, p_value, significant, with_interval
from sparsefool.store.tables import Table
from sparsefool.view.comparison.paper_chart import (
    compared_pixels,
    disagreements,
    paper_figure,
    paper_finding,
    stand_in_note,
)
from sparsefool.view.comparison.table import show_table
from sparsefool.view.shared.charts import choose_chart_format, show_chart, text_size
from sparsefool.view.shared.controls.network import dataset_title
from sparsefool.view.shared.experiments import BUSY, load_per_core
from sparsefool.view.shared.palette import text_color
from sparsefool.view.shared.wording import glued
from sparsefool.zoo.specs import find_spec

VERDICTS = {
    True: ":green[:material/check:] holds",
    False: ":orange[:material/close:] does not hold",
    None: ":gray[:material/question_mark:] cannot be told",
}


def show_paper_and_here(tables: Mapping[str, Table]) -> None:
    """Draw the paper's medians beside those here, then its conclusions and, on demand, every figure.

    Args:
        tables: the comparisons that come with the project, by data set.
    """
    figures = compare_with_paper(tables)
    measured = [each for each in figures if each.here]
    drawn = compared_pixels(figures)
    if drawn:
        st.subheader(glued(paper_finding(drawn)), anchor=False)
        show_chart(
            paper_figure(drawn, text_size(13), text_color()),
            key="paper_chart",
            name="paper-and-here",
            alt="Median of the pixels changed in percent of the image, the paper's and the one here, for "
            "each attack and network; the table of all figures has the numbers.",
        )
        if stood_for := stand_in_note(drawn):
            st.caption(stood_for)
        choose_chart_format()
    far = disagreements(measured)
    if far:
        st.markdown("Where they are far apart:\n" + "".join(f"\n- {sentence}" for sentence in far))
    if not measured:
        st.info("Nothing has been measured yet; the commands below do it.")
    _show_conclusions(tables)
    if measured:
        with st.expander(f"All {len(measured)} figures as a table", icon=":material/table:"):
            show_table([_line(each) for each in measured], "paper-and-here")
            st.caption(
                "The networks are this project's, not the paper's, and n differs from the paper's "
                "(10,000 images of MNIST and CIFAR-10, 4,000 of ImageNet, 100 for the one-pixel attack), so "
                "the figures differ; timings depend on the machine (the paper used a GTX Titan X). 95 % "
                "intervals are in brackets, where n is large enough for one. Unless stated otherwise, δ = "
                "255 and pixels are medians over the fooled images."
            )
            _show_devices(tables)
    _show_missing([each for each in figures if not each.here])


def _show_conclusions(tables: Mapping[str, Table]) -> None:
    """Draw how many of the paper's conclusions hold here and, on demand, each of them."""
    busy = {dataset for dataset, table in tables.items() if load_per_core(table) > BUSY}
    claims = check_claims(tables, busy)
    if not claims:
        return
    verdicts = [claim.holds for claim in claims]
    st.markdown(
        f"**Of {len(claims)} conclusions of the paper, {verdicts.count(True)} hold here, "
        f"{verdicts.count(False)} do not, and {verdicts.count(None)} cannot be told.**"
    )
    failing = [claim for claim in claims if claim.holds is False]
    for claim in failing:
        st.markdown(f"- {find_spec(claim.model).title}: {claim.text} does not hold: {claim.here}.")
    with st.expander("All conclusions as a table", icon=":material/table:"):
        show_table([_claim(claim) for claim in claims], "conclusions")
        st.caption(
            "Every comparison is of the same images; pixels and forwards are ratios of medians over the "
            "images that both attacks fool in 8 bits. A conclusion holds, or does not, if the whole 95 % "
            "interval (Wilson's for a rate, a paired bootstrap's for a ratio) says so and, where p stands, a "
            f"paired permutation test has p < {SIGNIFICANT} after Holm's correction for all "
            f"{sum(not math.isnan(claim.p) for claim in claims)} tests of this table. A dash: the paper does "
            "not say it of this network; what it says of other networks names them."
        )


def _claim(claim: Claim) -> Mapping[str, str]:
    return {
        "Network": find_spec(claim.model).title,
        "Conclusion": claim.text,
        "Paper": claim.paper or NOTHING,
        "Here": claim.here + ("" if math.isnan(claim.p) else f", {p_value(claim.p)}"),
        "": VERDICTS[claim.holds] + (f" {claim.doubt}" if claim.holds is None else ""),
    }


def _line(each: PaperComparisonRow) -> Mapping[str, str]:
    paper, here = each.paper, each.here
    assert here is not None
    return {
        "Network": f"{each.network} ({each.place})",
        "Attack": f"**{each.attack}**" + (f" ({each.parameters})" if each.parameters else ""),
        "Fooled, paper": _percent(paper, "fooling_rate"),
        "Fooled, here": with_interval(here.fooling_rate.times(100), ".1f", " %", mark="**"),
        "Pixels, paper": _percent(paper, "pixels"),
        "Pixels, here": with_interval(here.percent, significant, " %", mark="**"),
        "Seconds, paper / here": f"{_seconds(paper)} / {significant(here.seconds.value)}",
        "n": f"{here.n:,}",
        "Remark": each.remark,
    }


def _percent(figure: PaperFigure | None, measure: str) -> str:
    value = getattr(figure, measure) if figure else None
    return NOTHING if value is None else f"{value:g} %"


def _seconds(figure: PaperFigure | None) -> str:
    return NOTHING if figure is None or figure.seconds is None else significant(figure.seconds)


def _show_devices(tables: Mapping[str, Table]) -> None:
    for dataset, table in tables.items():
        note, load, busy = table.provenance, load_per_core(table), ""
        if load > BUSY:
            busy = f", with up to {load:g} busy programs per core: the timings are too long"
        day, devices = str(note.get("date", ""))[:10], "; ".join(note.get("devices", ["?"]))
        st.caption(f"{dataset_title(dataset)}: measured {day} on {devices}{busy}")


def _show_missing(figures: list[PaperComparisonRow]) -> None:
    if not figures:
        return
    with st.expander(f"Figures not measured yet: {len(figures)}", icon=":material/pending:"):
        lines = [
            {
                "Paper": each.place,
                "Network": each.network,
                "Attack": each.attack,
                "Fooled, paper": _percent(each.paper, "fooling_rate"),
                "Pixels, paper": _percent(each.paper, "pixels"),
                "What to do": each.remark,
            }
            for each in figures
        ]
        show_table(lines, "not-measured")
