"""The table of a comparison: each number with its n and 95 % interval."""

import math
import re
from collections.abc import Mapping, Sequence

import pandas as pd
import streamlit as st

from sparsefool.analysis.statistics import FEWEST_FOR_MEAN, FEWEST_FOR_MEDIAN, Estimate
from sparsefool.analysis.summaries import Summary, summarise_by
from sparsefool.backend.summary_files import summary_csv, summary_latex
from sparsefool.view.shared.downloads import offer_download
from sparsefool.zoo.specs import find_spec

NOTHING = "–"

_MARKUP = re.compile(r":\w+\[[^]]*\] *|\*\*")


def show_summary_table(rows: pd.DataFrame) -> None:
    """Draw a table with one line for each attack on each network."""
    summaries = summarise_by(rows, ("model", "attack"))
    lines = [
        _line(find_spec(str(model)).title, str(attack), summary)
        for (model, attack), summary in summaries.items()
    ]
    if len({summary.device for summary in summaries.values()}) > 1:
        lines = [
            {**line, "Device": summary.device}
            for line, summary in zip(lines, summaries.values(), strict=True)
        ]
    st.table(lines, hide_index=True)
    with st.container(horizontal=True, gap="small"):
        offer_download("Table", lambda: summary_csv(summaries), "sparsefool-attacks.csv", "text/csv")
        offer_download(
            "Table", lambda: summary_latex(summaries), "sparsefool-attacks.tex", "application/x-tex"
        )
    st.caption(
        "95 % intervals are in brackets: Wilson's for a rate, exact order statistics for a median, bootstrap "
        f"for a mean; below {FEWEST_FOR_MEDIAN} fooled images a median has none, nor a mean below "
        f"{FEWEST_FOR_MEAN} images. Fooling rates and means are over all n images, medians over the fooled "
        "ones. A pixel counts once, whichever of its channels changed; features are single channel values. "
        "An image's seconds are its share, by passes, of the time of its batch: their interval is over "
        f"complete batches, where there are {FEWEST_FOR_MEAN} or more."
    )


def show_table(lines: Sequence[Mapping[str, str]], name: str) -> None:
    """Draw a table of Markdown texts, and its download as a file named after it."""
    st.table(lines, hide_index=True)
    offer_download("Table", lambda: lines_csv(lines), f"sparsefool-{name}.csv", "text/csv")


def lines_csv(lines: Sequence[Mapping[str, str]]) -> bytes:
    """Return a table as CSV, with its Markdown turned into plain text."""
    plain = [{column: _MARKUP.sub("", text) for column, text in line.items()} for line in lines]
    return bytes(pd.DataFrame(plain).to_csv(index=False).encode())


def _line(network: str, attack: str, summary: Summary) -> Mapping[str, str]:
    return {
        "Network": network,
        "Attack": f"**{attack}**",
        "n": f"{summary.n:,}",
        "Fooling rate": in_percent(summary.fooling_rate),
        "Fooled, 8-bit": f"{summary.fooled_8bit:,} of {summary.n:,}",
        "Pixels, median": _pixels(summary),
        "Features, median": count_with_interval(summary.features),
        "Seconds, mean": f"{with_interval(summary.seconds, 's')}, {_batches(summary.batches)}",
        "Forwards, mean": with_interval(summary.forwards),
        "Backwards, mean": with_interval(summary.backwards),
    }


def _pixels(summary: Summary) -> str:
    share = "" if math.isnan(summary.percent.value) else f", {short(summary.percent.value)} %"
    return f"{count_with_interval(summary.pixels)}{share}"


def _batches(n: int) -> str:
    return f"{n:,} batch{'' if n == 1 else 'es'}"


def in_percent(rate: Estimate) -> str:
    """Return a rate in [0, 1] and its interval as text, in percent."""
    low, high = rate.times(100).interval
    return f"**{100 * rate.value:.1f} %** ({low:.1f} to {high:.1f})"


def with_interval(estimate: Estimate, unit: str = "") -> str:
    """Return a number as text, with its interval if it has one; a dash if there is no number."""
    if math.isnan(estimate.value):
        return NOTHING
    low, high = estimate.interval
    interval = "" if math.isnan(low) else f" ({short(low)} to {short(high)})"
    return f"**{short(estimate.value)}{' ' if unit else ''}{unit}**{interval}"


def count_with_interval(estimate: Estimate) -> str:
    """Return a median of counts as text, as :func:`with_interval`, without needless decimals."""
    if math.isnan(estimate.value):
        return NOTHING
    low, high = estimate.interval
    interval = "" if math.isnan(low) else f" ({low:,g} to {high:,g})"
    return f"**{estimate.value:,g}**{interval}"


def short(value: float) -> str:
    """Return a number as text: three significant digits, thousands separated, no exponent."""
    if value == 0 or abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.{max(0, 2 - math.floor(math.log10(abs(value))))}f}"
