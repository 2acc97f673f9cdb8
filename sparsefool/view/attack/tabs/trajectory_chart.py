"""The chart of a trajectory: margin, changed pixels and class probabilities over the iterations."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from sparsefool.backend.attack.report import AttackReport
from sparsefool.view.attack.promise_chart import MARGIN, PROMISE
from sparsefool.view.attack.tabs.pixel_chart import chart_identity
from sparsefool.view.shared.charts import chart_height, layout, title_size
from sparsefool.view.shared.palette import AFTER, BEFORE, GREEN, GREY, OTHERS

CLASSES = 5
"""Classes whose probability is drawn."""

TITLES = (
    "Margin: below 0 the network is fooled",
    "Pixels changed",
    "Probability of the strongest classes",
)
"""Titles of the three rows."""

WITH_PROMISE = "Margin, fooled below 0 (dashed: as promised)"
"""The first title where there are planes."""

GAP = 0.09
"""Between two rows, as a share of the height."""


def trajectory_figure(report: AttackReport, step: int) -> dict[str, Any]:
    """Return margin, changed pixels and class probabilities over the iterations, with ``step`` marked.

    It is plotly's description of the figure, for :func:`~sparsefool.view.shared.charts.show_chart`.
    """
    iterations = [each.iteration for each in report.steps]
    margins = [each.margin for each in report.steps]
    pixels = [each.pixels_changed for each in report.steps]
    lines = [
        _line(1, iterations, margins, "margin", MARGIN, "%{y:.2f} logits"),
        _line(2, iterations, pixels, "pixels changed", GREEN, "%{y:,} pixels"),
        *_class_lines(report, iterations),
        *_promise_line(report),
    ]
    iteration_axis = {"dtick": max(1, len(iterations) // 10), "range": [-0.4, max(iterations[-1], 1) + 0.4]}
    figure_layout = {
        **layout(chart_identity(report)),
        **_rows(report.request.step_noun, iteration_axis),
        "annotations": [_title(row, title) for row, title in enumerate(_titles(report), start=1)],
        "shapes": [
            _shape("x domain", "y", (0, 1), (0, 0), {"color": GREY, "dash": "dot", "width": 1}),
            *(
                _shape(
                    _axis("x", row),
                    _axis("y", row) + " domain",
                    (step, step),
                    (0, 1),
                    {"color": GREY, "width": 2},
                )
                for row in (1, 2, 3)
            ),
        ],
        "height": chart_height(560),
        "hovermode": "x unified",
        "legend": {"orientation": "h", "y": -0.16, "x": 0, "yanchor": "top"},
    }
    return {"data": lines, "layout": figure_layout}


def _titles(report: AttackReport) -> Sequence[str]:
    """Return the titles of the three rows."""
    return (WITH_PROMISE, *TITLES[1:]) if _has_promise(report) else TITLES


def _promise_line(report: AttackReport) -> list[dict[str, Any]]:
    """Return what the planes promised, without a point at the original; nothing where there are no planes."""
    if not _has_promise(report):
        return []
    iterations = [each.iteration for each in report.steps]
    promised = [each.promised for each in report.steps]
    line = _line(1, iterations, promised, "promised", PROMISE, "%{y:.2f} logits")
    return [{**line, "line": {"color": PROMISE, "width": 2, "dash": "dash"}}]


def _has_promise(report: AttackReport) -> bool:
    return any(each.promised is not None for each in report.steps)


def _rows(noun: str, iterations: Mapping[str, Any]) -> dict[str, Any]:
    """Return the axes of the three rows, which share their iterations."""
    axes: dict[str, Any] = {}
    for row, more in (
        (1, {}),
        (2, {"rangemode": "tozero"}),
        (3, {"ticksuffix": " %", "range": [-4, 104]}),
    ):
        low, high = _domain(row)
        last = {"title": {"text": noun}} if row == 3 else {"matches": "x3", "showticklabels": False}
        axes[_axis("xaxis", row)] = {"anchor": _axis("y", row), "zeroline": False, **iterations, **last}
        axes[_axis("yaxis", row)] = {"anchor": _axis("x", row), "domain": [low, high], **more}
    return axes


def _axis(name: str, row: int) -> str:
    """Return plotly's name of an axis: the first one has no number."""
    return name if row == 1 else f"{name}{row}"


def _domain(row: int) -> tuple[float, float]:
    """Return the lower and upper end of a row, 1 to 3 from the top, as shares of the height."""
    low = (3 - row) * (1 + GAP) / 3
    return low, round(low + (1 - 2 * GAP) / 3, 6)


def _title(row: int, text: str) -> dict[str, Any]:
    place = {"xref": "paper", "yref": "paper", "x": 0, "y": _domain(row)[1]}
    anchors = {"xanchor": "left", "yanchor": "bottom", "showarrow": False}
    return {**place, **anchors, "text": text, "font": {"size": title_size(13)}}


def _shape(
    xref: str, yref: str, x: tuple[float, float], y: tuple[float, float], line: Mapping[str, Any]
) -> dict[str, Any]:
    ends = {"x0": x[0], "x1": x[1], "y0": y[0], "y1": y[1]}
    return {"type": "line", "xref": xref, "yref": yref, **ends, "line": line}


def _class_lines(report: AttackReport, iterations: Sequence[int]) -> list[dict[str, Any]]:
    names, labels = report.class_names, _drawn_classes(report)
    colours = [BEFORE, *((AFTER,) if report.after.label != report.before.label else ()), *OTHERS]
    lines = []
    for label, colour in zip(labels, colours, strict=False):
        values = [100 * float(each.prediction.probabilities[label]) for each in report.steps]
        line = _line(3, iterations, values, names[label], colour, "%{y:.1f} %")
        lines.append({**line, "showlegend": True})
    return lines


def _drawn_classes(report: AttackReport) -> list[int]:
    """Return the first label, the last one, then the others in the order of their highest probability."""
    peaks = np.max([step.prediction.probabilities for step in report.steps], axis=0)
    others = (int(label) for label in np.argsort(-peaks, kind="stable"))
    return list(dict.fromkeys((report.before.label, report.after.label, *others)))[:CLASSES]


def _line(
    row: int, x: Sequence[int], y: Sequence[float | None], name: str, colour: str, value: str
) -> dict[str, Any]:
    return {
        "type": "scatter",
        "xaxis": _axis("x", row),
        "yaxis": _axis("y", row),
        "x": x,
        "y": y,
        "name": name,
        "mode": "lines+markers",
        "line": {"color": colour, "width": 2},
        "marker": {"size": 5},
        "showlegend": False,
        "hovertemplate": f"{name}: {value}<extra></extra>",
    }
