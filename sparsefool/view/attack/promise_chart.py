"""The chart of a run that is stuck: the margin per iteration, and what the planes promised."""

from collections.abc import Sequence

import plotly.graph_objects as go

from sparsefool.backend.attack.report import Step
from sparsefool.backend.attack.shortfall import Shortfall, logits
from sparsefool.view.shared.charts import chart_height, layout, title_size
from sparsefool.view.shared.palette import GREY, ORANGE, SKY

MARGIN, PROMISE = SKY, ORANGE
"""Colours of the network's margin and of the margin that the planes promised, on every chart."""


def promise_figure(steps: Sequence[Step]) -> go.Figure:
    """Return the margin and the promised margin over the iterations, with the level below which it fools.

    Args:
        steps: of a run with planes, the original first.
    """
    iterations = [step.iteration for step in steps]
    margins = [step.margin for step in steps]
    promised = [step.promised for step in steps[1:]]
    mode = "lines" if len(steps) > 25 else "lines+markers"
    trace = {"type": "scatter", "mode": mode, "marker": {"size": 5}, "showlegend": True}
    lines = [
        {
            **trace,
            "x": iterations,
            "y": margins,
            "name": "the network's margin in logits",
            "line": {"color": MARGIN, "width": 2.5},
            "hovertemplate": "margin: %{y:.2f} logits<extra></extra>",
        },
        {
            **trace,
            "x": iterations[1:],
            "y": promised,
            "name": "what the plane promised",
            "line": {"color": PROMISE, "width": 2, "dash": "dash"},
            "hovertemplate": "promised: %{y:.2f} logits<extra></extra>",
        },
    ]
    return go.Figure(
        {
            "data": lines,
            "layout": {
                **layout(f"promise {len(steps)}"),
                "height": chart_height(300),
                "hovermode": "x unified",
                "legend": {"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom"},
                "xaxis": {
                    "title": {"text": "Iteration"},
                    "zeroline": False,
                    "rangemode": "tozero",
                    "dtick": max(1, iterations[-1] // 10),
                },
                "yaxis": {"zeroline": False},
                "shapes": [_fooled_below()],
                "annotations": [_label_below(steps)],
            },
        }
    )


def promise_alt(shortfall: Shortfall) -> str:
    """Return what the chart shows, for those who do not see it."""
    return (
        f"Line chart over {shortfall.iterations} iterations: the network's margin goes from "
        f"{logits(shortfall.first)} to {logits(shortfall.last)} logits and stays above 0; the planes "
        f"promised {logits(shortfall.promised)} logits (median)."
    )


def _fooled_below() -> dict[str, object]:
    line = {"color": GREY, "dash": "dot", "width": 1}
    return {"type": "line", "xref": "x domain", "yref": "y", "x0": 0, "x1": 1, "y0": 0, "y1": 0, "line": line}


def _label_below(steps: Sequence[Step]) -> dict[str, object]:
    """Return the label of the level, at the left, on the side of it where the curves leave more room."""
    under = -(steps[1].promised or 0) > steps[0].margin
    place = {"xref": "x domain", "yref": "y", "x": 0, "y": 0, "xanchor": "left"}
    place["yanchor"] = "top" if under else "bottom"
    return {
        **place,
        "text": "below 0 the network is fooled",
        "showarrow": False,
        "font": {"size": title_size(12)},
    }
