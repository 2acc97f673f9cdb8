"""The table of a comparison: one line for each attack, its numbers with their 95 % intervals."""

import math
import re
from collections.abc import Mapping, Sequence
from html import escape

import pandas as pd
import streamlit as st

from sparsefool.analysis.statistics import FEWEST_FOR_MEAN, FEWEST_FOR_MEDIAN, Estimate
from sparsefool.analysis.summaries import Summaries, Summary
from sparsefool.backend.exports.summaries import summary_csv, summary_latex
from sparsefool.backend.exports.tables import csv_table
from sparsefool.formats import NOTHING, significant
from sparsefool.view.shared.downloads import offer_download
from sparsefool.view.shared.glossary import entries, explain
from sparsefool.view.shared.wording import device_words
from sparsefool.zoo.specs import find_spec

MARKS: Mapping[int, str] = dict(enumerate("¹²³⁴⁵⁶⁷⁸⁹", start=1))
"""Signs that refer from a row to its device, where there are several."""

HEADINGS = {
    "Attack": "",
    "Images": "",
    "Fooled, %": "fooling_rate",
    "Rounded": "8_bit",
    "Pixels": "pixel",
    "Values": "value",
    "Seconds": "",
    "Passes": "pass",
}
"""The columns, each with its word of the glossary if it has one."""

_MARKUP = re.compile(r":\w+\[[^]]*\] *|\*\*")

_STYLE = """<style>
.comparison{container-type:inline-size;overflow-x:auto}
.comparison table{border-collapse:collapse;width:100%;font-size:.8rem;line-height:1.3;
font-variant-numeric:tabular-nums}
.comparison :is(th,td){padding:.22rem .3rem;text-align:right;white-space:nowrap;
border-bottom:1px solid color-mix(in srgb,currentColor 18%,transparent)}
.comparison :is(th,td):first-child{text-align:left;padding-left:0}
.comparison thead th,.comparison tbody th[scope=rowgroup]{font-weight:600;vertical-align:bottom}
.comparison tbody th[scope=rowgroup]{padding-top:.8rem}
.comparison tbody th[scope=row]{font-weight:400}
.comparison abbr{text-underline-offset:.2em;cursor:help}
.comparison small{font-size:.9em;opacity:.8;padding-left:.35em}
@container (max-width:46rem){.comparison small{display:block;padding-left:0}
.comparison th[scope=row]{white-space:normal}}
</style>"""


def show_summary_table(summaries: Summaries) -> None:
    """Draw a table with one line for each attack, network after network, and its downloads.

    Args:
        summaries: by network and attack.
    """
    devices = devices_of(summaries)
    where = " ".join(f"{mark} {device_words(device)}" for device, mark in devices.items() if device)
    st.caption(
        "Each number is followed by its 95 % interval; pixels and values are medians over the fooled images, "
        f"seconds and passes means over all images.{f' Seconds measured on {where}.' if where else ''}"
    )
    st.html(_STYLE + table_html(summaries))
    with st.container(horizontal=True, gap="small"):
        offer_download("Table", lambda: summary_csv(summaries), "sparsefool-attacks.csv", "text/csv")
        offer_download(
            "Table", lambda: summary_latex(summaries), "sparsefool-attacks.tex", "application/x-tex"
        )
    with st.expander("How these numbers are made", icon=":material/info:"):
        st.markdown(
            f"- {entries('fooling_rate')} **Rounded**: how many of the results fool it as an 8-bit picture.\n"
            f"- {entries('8_bit')}\n"
            f"- {entries('pixel', 'value')}\n"
            f"- {entries('pass')} Passes are given as forward + backward.\n"
            "- **Seconds** of an image are its share, by passes, of the time of its batch; their interval is "
            f"over complete batches, where there are {FEWEST_FOR_MEAN} or more.\n"
            f"- Intervals: Wilson's for a rate, exact order statistics for a median (from "
            f"{FEWEST_FOR_MEDIAN} fooled images), bootstrap for a mean (from {FEWEST_FOR_MEAN} images)."
        )


def devices_of(summaries: Summaries) -> Mapping[str, str]:
    """Return the sign of each device; there is none where all was measured on one."""
    names = list(dict.fromkeys(summary.device for summary in summaries.values()))
    return {name: MARKS.get(number, "*") if len(names) > 1 else "" for number, name in enumerate(names, 1)}


def table_html(summaries: Summaries) -> str:
    """Return the table; the lines of a network stand below its name and the size of its images."""
    devices = devices_of(summaries)
    head = "".join(f'<th scope="col">{_heading(*each)}</th>' for each in HEADINGS.items())
    groups = []
    for model in dict.fromkeys(model for model, _ in summaries):
        lines = "".join(
            _line(attack, summary, devices[summary.device])
            for (name, attack), summary in summaries.items()
            if name == model
        )
        title = f'<th scope="rowgroup" colspan="{len(HEADINGS)}">{escape(find_spec(model).title)}</th>'
        groups.append(f"<tbody><tr>{title}</tr>{lines}</tbody>")
    return (
        '<div class="comparison" tabindex="0" role="region" aria-label="Table of the attacks">'
        f"<table><thead><tr>{head}</tr></thead>{''.join(groups)}</table></div>"
    )


def _heading(text: str, word: str) -> str:
    return f'<abbr title="{escape(explain(word))}">{text}</abbr>' if word else text


def _line(attack: str, summary: Summary, device: str) -> str:
    cells = (
        f"{summary.n:,}",
        _cell(summary.fooling_rate.times(100), "{:.1f}"),
        f"{summary.fooled_8bit:,}",
        _cell(summary.pixels, "{:,g}"),
        _cell(summary.features, "{:,g}"),
        _cell(summary.seconds, sign=device),
        f"{summary.forwards.value:,.0f} + {summary.backwards.value:,.0f}",
    )
    drawn = "".join(f"<td>{cell}</td>" for cell in cells)
    return f'<tr><th scope="row">{escape(attack)}</th>{drawn}</tr>'


def _cell(estimate: Estimate, form: str = "", sign: str = "") -> str:
    """Return a number and, smaller, its interval; a dash if there is no number."""
    if math.isnan(estimate.value):
        return NOTHING
    value = (form.format if form else significant)(estimate.value) + sign
    ends = [(form.format if form else _shorter)(end) for end in estimate.interval if not math.isnan(end)]
    return f"{value}<small>{' to '.join(ends)}</small>" if ends else value


def _shorter(value: float) -> str:
    """Return a number with three significant digits, or with two below 10."""
    return significant(value, 3 if value >= 10 else 2)


def show_table(lines: Sequence[Mapping[str, str]], name: str) -> None:
    """Draw a table of Markdown texts, and its download as a file named after it."""
    st.table(lines, hide_index=True)
    offer_download("Table", lambda: lines_csv(lines), f"sparsefool-{name}.csv", "text/csv")


def lines_csv(lines: Sequence[Mapping[str, str]]) -> bytes:
    """Return a table as CSV, with its Markdown turned into plain text."""
    plain = [{column: _MARKUP.sub("", text) for column, text in line.items()} for line in lines]
    return csv_table(pd.DataFrame(plain))
