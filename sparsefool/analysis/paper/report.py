"""The paper measured anew, as one HTML page: every figure beside the paper's, and where they disagree."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

from sparsefool.analysis.paper.claims import Claim, check_claims
from sparsefool.analysis.paper.comparison import PaperComparisonRow, compare_with_paper, lies_within
from sparsefool.analysis.paper.curve_svg import curve_svg
from sparsefool.analysis.paper.figures import TABLE_3
from sparsefool.analysis.statistics import Estimate
from sparsefool.analysis.summaries import Summary, summarise_by
from sparsefool.analysis.transfer_rates import transfer_matrix
from sparsefool.data.specs import find_dataset
from sparsefool.formats import NOTHING, compact, with_interval, written
from sparsefool.store.tables import Table
from sparsefool.zoo.specs import find_spec

if TYPE_CHECKING:
    import pandas as pd

VERDICTS = {True: "holds", False: "does not hold", None: "cannot be told"}

LONGEST_NUMBER = 26
"""Characters of a number with its unit and interval, at most; longer texts are broken."""

STYLE = """
body{font:16px/1.5 system-ui,sans-serif;max-width:76rem;margin:2rem auto;padding:0 1rem}
body{color:#1a1a1a;background:#fff}
table{border-collapse:collapse;font-size:.9rem;margin:.5rem 0 1.5rem}
th,td{border-bottom:1px solid #ddd;padding:.3rem .8rem .3rem 0;text-align:left;vertical-align:top}
th{border-bottom:2px solid #888}td.number{white-space:nowrap;font-variant-numeric:tabular-nums}
svg{max-width:100%;height:auto}figure{display:inline-block;margin:0 2rem 1rem 0}figcaption{font-size:.9rem}
@media (prefers-color-scheme:dark){body{color:#eee;background:#16181d}th,td{border-color:#444}}
"""


@dataclass(frozen=True, eq=False)
class Measured:
    """A piece of the paper as it was measured.

    Attributes:
        place: where in the paper, such as ``Table 1``.
        dataset: on which it was measured.
        table: the rows, with where they come from.
    """

    place: str
    dataset: str
    table: Table


def paper_report(measured: Sequence[Measured], command: str) -> str:
    """Return the report as HTML, complete in itself.

    Args:
        measured: in the paper's order.
        command: that measured it.
    """
    comparisons = {each.dataset: each.table for each in measured if each.place in ("Table 1", "Table 2")}
    figures = [each for each in compare_with_paper(comparisons) if each.here]
    claims = check_claims(comparisons)
    parts = [
        f"<h1>SparseFool, measured anew</h1><p>{_finding(figures, claims)}</p>",
        f"<p><code>{escape(command)}</code></p>{_circumstances(measured)}",
        *_disagreements(figures, claims),
        "<h2>Tables 1 and 2, and the figures of the text</h2>",
        _table(_figure_lines(figures)),
        "<h2>Conclusions</h2>",
        _table(_claim_lines(claims)),
        *(html for each in measured if each.place == "Table 3" for html in _transfer(each)),
        *(html for each in measured if each.place.startswith("Figure") for html in _sweep(each)),
    ]
    title = "<title>SparseFool, measured anew</title>"
    head = f'<head><meta charset="utf-8">{title}<style>{STYLE}</style></head>'
    return f'<!doctype html><html lang="en">{head}<body>{"".join(parts)}</body></html>'


def _finding(figures: Sequence[PaperComparisonRow], claims: Sequence[Claim]) -> str:
    """Return how much agrees, in two sentences."""
    verdicts = [claim.holds for claim in claims]
    within = [verdict for each in figures for verdict in _within(each)]
    return (
        f"Of {len(within)} figures of the paper, {sum(within)} lie within the interval of those measured "
        f"here. Of {len(claims)} conclusions, {verdicts.count(True)} hold, {verdicts.count(False)} do not, "
        f"and {verdicts.count(None)} cannot be told with so many images."
    )


def _within(each: PaperComparisonRow) -> Iterator[bool]:
    """Yield for each figure of the paper with an interval here whether it lies within."""
    for _, paper, here in _pairs(each):
        yield lies_within(paper, here)


def _pairs(each: PaperComparisonRow) -> Iterator[tuple[str, float, Estimate]]:
    """Yield what both have, fooling rate and pixels in percent: the paper's, and the one with an interval."""
    if each.paper and each.here:
        rate, pixels = each.here.fooling_rate.times(100), each.here.percent
        for name, paper, here in (
            ("fooled", each.paper.fooling_rate, rate),
            ("pixels", each.paper.pixels, pixels),
        ):
            if paper is not None and not math.isnan(here.interval[0]):
                yield name, paper, here


def _circumstances(measured: Sequence[Measured]) -> str:
    notes = [each.table.provenance for each in measured]
    devices = sorted({device for note in notes for device in note["devices"]})
    dates = sorted({str(note["date"])[:10] for note in notes})
    seconds = sum(note["seconds"] for note in notes)
    days = " to ".join(dict.fromkeys((dates[0], dates[-1])))
    return (
        f"<p>Measured {days} on {escape('; '.join(devices))}; all rows together took {seconds / 60:,.0f} "
        "minutes. 95 % intervals are in brackets, where there are enough images for one. Pixels are medians "
        "over the fooled images, δ = 255 unless stated. The networks of MNIST and CIFAR-10 are this "
        "project's own, trained anew.</p>"
    )


def _disagreements(figures: Sequence[PaperComparisonRow], claims: Sequence[Claim]) -> Iterator[str]:
    """Yield where the paper and the figures here differ, as a list."""
    lines = [
        f"{each.attack} on {each.network} ({each.place}): {'; '.join(differences)}. {' '.join(each.reasons)}"
        for each in figures
        if (differences := list(_differences(each)))
    ]
    lines += [
        f"{find_spec(claim.model).title}: {claim.text} does not hold: {claim.here}."
        for claim in claims
        if claim.holds is False
    ]
    if lines:
        items = "".join(f"<li>{escape(line)}</li>" for line in lines)
        yield f"<h2>Where they disagree</h2><ul>{items}</ul>"


def _differences(each: PaperComparisonRow) -> Iterator[str]:
    """Yield each figure of the paper that lies outside the interval here, beside it."""
    for name, paper, here in _pairs(each):
        if not lies_within(paper, here):
            yield f"{name} {with_interval(here, compact, ' %')} here, {paper:g} % in the paper"


def _figure_lines(figures: Sequence[PaperComparisonRow]) -> Sequence[Mapping[str, str]]:
    return [
        {
            "in the paper": each.place,
            "network": each.network,
            "attack": each.attack + (f" ({each.parameters})" if each.parameters else ""),
            "n": f"{each.here.n:,}",
            "fooled, paper": _of_paper(each.paper.fooling_rate if each.paper else None, " %"),
            "fooled, here": with_interval(each.here.fooling_rate.times(100), compact, " %"),
            "pixels, paper": _of_paper(each.paper.pixels if each.paper else None, " %"),
            "pixels, here": with_interval(each.here.percent, compact, " %"),
            "seconds, paper": _of_paper(each.paper.seconds if each.paper else None),
            "seconds, here": compact(each.here.mean_seconds),
            "passes here": f"{each.here.forwards.value:,.0f} + {each.here.backwards.value:,.0f}",
            "within the interval": ", ".join(
                f"{name}{'' if lies_within(paper, here) else ' not'}" for name, paper, here in _pairs(each)
            ),
        }
        for each in figures
        if each.here
    ]


def _claim_lines(claims: Sequence[Claim]) -> Sequence[Mapping[str, str]]:
    return [
        {
            "network": find_spec(claim.model).title,
            "conclusion": claim.text,
            "paper": claim.paper or NOTHING,
            "here": claim.here,
            "p": written(claim.p, ".2g", ""),
            "": VERDICTS[claim.holds] + (f" {claim.doubt}" if claim.holds is None else ""),
        }
        for claim in claims
    ]


def _transfer(each: Measured) -> Iterator[str]:
    title = find_dataset(each.dataset).title
    yield f"<h2>Table 3: from one network to another, {title}</h2>"
    yield _table(
        [
            {
                "made for": find_spec(cell.source).title,
                "tried on": find_spec(cell.target).title,
                "n": f"{cell.fooled.n:,}",
                "paper": _of_paper(TABLE_3.get((cell.source, cell.target)), " %"),
                "fooled here": with_interval(cell.fooled.estimate.times(100), compact, " %"),
                "noise of the same size": with_interval(cell.noise.estimate.times(100), compact, " %"),
            }
            for cell in transfer_matrix(each.table.rows)
        ]
    )


def _sweep(each: Measured) -> Iterator[str]:
    """Yield a sweep as curves and as a table; the paper's are curves without numbers."""
    by_lambda = each.place == "Figure 4"
    column, symbol = ("lambda_", "λ") if by_lambda else ("delta", "δ")
    yield f"<h2>{each.place}: {symbol}, {find_dataset(each.dataset).title}</h2>"
    for model, rows in each.table.rows.groupby("model", sort=False):
        found = _by(rows, column)
        title = find_spec(str(model)).title
        n = next(iter(found.values())).n
        for name, curve in (
            ("pixels changed, median in %", {x: summary.percent for x, summary in found.items()}),
            ("fooled, %", {x: summary.fooling_rate.times(100) for x, summary in found.items()}),
            ("iterations, mean", {x: summary.iterations for x, summary in found.items()}),
        ):
            caption = f"{title}, n = {n}: {name}"
            drawn = curve_svg(curve, symbol, caption)
            yield f"<figure>{drawn}<figcaption>{escape(caption)}</figcaption></figure>"
        yield _table(
            [
                {
                    "network": title,
                    symbol: f"{x:g}",
                    "n": f"{summary.n:,}",
                    "fooled": with_interval(summary.fooling_rate.times(100), compact, " %"),
                    "pixels": with_interval(summary.percent, compact, " %"),
                    "iterations": with_interval(summary.iterations, compact),
                }
                for x, summary in found.items()
            ]
        )


def _by(rows: "pd.DataFrame", column: str) -> Mapping[float, Summary]:
    return {float(str(value)): found for (value,), found in summarise_by(rows, (column,)).items()}


def _table(lines: Sequence[Mapping[str, str]]) -> str:
    if not lines:
        return "<p>Nothing was measured.</p>"
    head = "".join(f"<th>{escape(name)}</th>" for name in lines[0])
    body = "".join(
        f"<tr>{''.join(f'<td{_kind(text)}>{escape(text)}</td>' for text in line.values())}</tr>"
        for line in lines
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _kind(text: str) -> str:
    return ' class="number"' if text[:1].isdigit() and len(text) <= LONGEST_NUMBER else ""


def _of_paper(value: float | None, unit: str = "") -> str:
    return NOTHING if value is None else f"{value:g}{unit}"
