"""How many times as many perturbed pixels each part holds as random places give it, for each network."""

import math
from collections.abc import Sequence

import plotly.graph_objects as go

from sparsefool.analysis.findings.parts import PartFinding
from sparsefool.analysis.statistics import Estimate
from sparsefool.formats import p_value, spread
from sparsefool.view.regions.parts.texts import part_title
from sparsefool.view.shared.dot_chart import TIMES, Series, dot_figure
from sparsefool.view.shared.palette import BLUE, GREEN, GREY, ORANGE, PURPLE, SKY, VERMILLION
from sparsefool.zoo.specs import find_spec

MARKS = (
    (BLUE, "circle"),
    (VERMILLION, "diamond"),
    (GREEN, "square"),
    (PURPLE, "x"),
    (ORANGE, "triangle-up"),
    (SKY, "star"),
)
"""Colours and symbols of the networks."""

_NOTHING = Estimate(math.nan, (math.nan, math.nan))


def part_figure(findings: Sequence[PartFinding]) -> go.Figure:
    """Return the enrichment of each part (rows) on each network (colours), with intervals; 1 is marked.

    Args:
        findings: of one kind of picture and one attack.
    """
    parts = list(dict.fromkeys(each.found.part for each in findings))
    found = {(each.model, each.found.part): each.found for each in findings}
    series = []
    for number, model in enumerate(dict.fromkeys(each.model for each in findings)):
        own = [found.get((model, part)) for part in parts]
        notes = [f"n = {each.n:,}, {p_value(each.random.p)}" if each else "" for each in own]
        estimates = [each.of_object if each else _NOTHING for each in own]
        series.append(Series(find_spec(model).title, *MARKS[number % len(MARKS)], estimates, notes))
    labels = [_label(part, [each for each in findings if each.found.part == part]) for part in parts]
    figure = dot_figure(
        labels,
        series,
        "parts",
        "Perturbed pixels on the part, times what random places give",
        line_at=(1.0, "1: as at random"),
        unit=TIMES,
    )
    figure.update_xaxes(rangemode="tozero", showgrid=True)
    for edge in range(1, len(parts)):
        figure.add_hline(edge - 0.5, line={"color": GREY, "width": 0.5}, opacity=0.4)
    return figure


def _label(part: str, findings: Sequence[PartFinding]) -> str:
    return f"{part_title(part, findings[0].kind)}<br>n = {spread(each.found.n for each in findings)}"
