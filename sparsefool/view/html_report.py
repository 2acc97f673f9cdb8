"""One HTML file with the findings of a page: figures, exact pictures, provenance; it needs no network."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from html import escape
from typing import Any

import plotly.graph_objects as go
from plotly.offline import get_plotlyjs

from sparsefool.backend.attack_reports import AttackReport
from sparsefool.backend.many_networks import NetworksReport
from sparsefool.backend.reproduction import Sample, python_program
from sparsefool.experiments.region_findings import shares_of
from sparsefool.view.charts import pixel_figure, trajectory_figure
from sparsefool.view.class_findings import ClassFindings
from sparsefool.view.figure_rows import Figure, row_html
from sparsefool.view.messages import headline
from sparsefool.view.networks_panel import networks_figures, overlap_table
from sparsefool.view.pictures import mark_changes
from sparsefool.view.share_charts import share_figure, share_sentence
from sparsefool.view.tiles import tiles_html
from sparsefool.view.where_panel import outlined_figures, shares_by_title
from sparsefool.zoo.specs import find_spec

_STYLE = """
:root{color-scheme:light}
body{font:16px/1.5 system-ui,sans-serif;max-width:1100px;margin:2rem auto;padding:0 1rem;color:#1b2430}
pre{background:#f3f5f8;padding:1rem;overflow:auto;border-radius:4px}
table{border-collapse:collapse}td,th{padding:.25rem .75rem;border-bottom:1px solid #d5dae1;text-align:left}
"""


def attack_html(report: AttackReport, sample: Sample | None) -> str:
    """Return the findings of the Attack page as one file."""
    before, after = report.request.picture, report.adversarial
    pictures = (
        Figure(before, f"The original, called {report.before.name}.", "Original", (report.before.name,)),
        Figure(after, f"The result, called {report.after_8bit.name}.", "Result", (report.after_8bit.name,)),
        Figure(
            mark_changes(before, after),
            f"The {report.change_8bit.pixels} changed pixels in yellow.",
            "Changed pixels",
            (f"{report.change_8bit.pixels:,} pixels, {report.change_8bit.percent:.2g} %",),
        ),
    )
    last = len(report.steps) - 1
    charts = [("Pixels", pixel_figure(report, after))]
    if last > 0:
        charts.insert(0, ("Trajectory", trajectory_figure(report, last)))
    original = "original.png"
    return _page(
        headline(report),
        [
            row_html(pictures),
            *(_chart(title, figure) for title, figure in charts),
            _code("The program that computes this again", python_program(report, sample, original)),
            _code("Everything that the result depends on", _json(report.summary())),
        ],
    )


def networks_html(report: NetworksReport) -> str:
    """Return the findings of the Regions page as one file."""
    found = shares_by_title(report)
    sentences = "".join(f"<li>{escape(share_sentence(*each))}</li>" for each in found.items())
    table = overlap_table(report).to_html(index=False, border=0, float_format="{:.2%}".format)
    provenance = [[cell.report.provenance() for cell in cells] for cells in report.cells]
    return _page(
        "Where the perturbations fall",
        [
            "<h2>Same image, many networks</h2>",
            table if len(report.request.models) > 1 else "",
            *(row_html(figures) for figures in networks_figures(report)),
            f"<h2>Where on the image</h2><ul>{sentences}</ul>",
            _chart("Shares of the perturbed pixels", share_figure(found)),
            *(row_html(figures) for figures in outlined_figures(report)),
            _code("Everything that the results depend on", _json(provenance)),
        ],
    )


def classes_html(findings: ClassFindings, provenance: Mapping[str, Any]) -> str:
    """Return what was measured on many images of a data set as one file.

    Args:
        findings: the network, and the cell of the table that is looked at.
        provenance: of the table.
    """
    found = {find_spec(model).title: each for model, each in shares_of(findings.all_rows).items()}
    sentences = "".join(f"<li>{escape(share_sentence(*each))}</li>" for each in found.items())
    title = find_spec(findings.model).title
    return _page(
        "Which class draws what",
        [
            f"<ul>{sentences}</ul>",
            _chart("Shares of the perturbed pixels", share_figure(found)),
            f"<h2>{escape(title)}: images by label before (rows) and after (columns)</h2>",
            findings.table.to_html(border=0),
            f"<h2>{escape(findings.heading)}</h2><p>{escape(findings.left_out)}</p>",
            tiles_html(findings.cell_tiles()),
            f"<h2>What the images called {escape(findings.titles[findings.label])} become</h2>",
            tiles_html(findings.map_tiles()),
            _code("Everything that the results depend on", _json(dict(provenance))),
        ],
    )


def _page(title: str, parts: Sequence[str]) -> str:
    date = datetime.now(UTC).isoformat(timespec="seconds")
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        '<meta name="viewport" content="width=device-width">'
        f"<style>{_STYLE}</style><script>{get_plotlyjs()}</script></head>"
        f"<body><main><h1>{escape(title)}</h1><p>SparseFool Explorer, {date}</p>"
        f"{''.join(parts)}</main></body></html>"
    )


def _chart(title: str, figure: go.Figure) -> str:
    shown = go.Figure(figure).update_layout(template="plotly_white")
    html = shown.to_html(full_html=False, include_plotlyjs=False, config={"displaylogo": False})
    return f"<h2>{escape(title)}</h2>{html}"


def _code(title: str, text: str) -> str:
    return (
        f"<details><summary><strong>{escape(title)}</strong></summary>"
        f'<pre tabindex="0">{escape(text)}</pre></details>'
    )


def _json(content: Any) -> str:
    return json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False)
