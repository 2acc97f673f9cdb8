"""The findings of the Regions page as HTML files."""

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any

from sparsefool.analysis.overlap import Overlap, overlaps_of
from sparsefool.analysis.region_findings import Contrast, contrasts_of, shares_of
from sparsefool.backend.networks import NetworksReport, overlaps
from sparsefool.view.components.picture import report_layer
from sparsefool.view.regions.class_findings import ClassFindings
from sparsefool.view.regions.contrasts import (
    contrast_figure,
    contrast_finding,
    contrast_sentences,
    kind_sentences,
)
from sparsefool.view.regions.networks import networks_figures
from sparsefool.view.regions.overlaps import overlap_figure, overlap_sentences
from sparsefool.view.regions.share_charts import share_figure, share_sentence
from sparsefool.view.regions.where import outlined_figures, shares_by_title
from sparsefool.view.shared.downloads import report_chart, report_code, report_json, report_page
from sparsefool.view.shared.picture_rows import row_html, tiles_html
from sparsefool.zoo.specs import find_spec


def networks_html(report: NetworksReport) -> str:
    """Return the findings of the Regions page as one HTML file."""
    shares = shares_by_title(report)
    shared = overlap_sentences(overlaps(report.results)) if len(report.request.models) > 1 else []
    provenance = [[result.report.provenance() for result in results] for results in report.results]
    return report_page(
        "Where the perturbations fall",
        [
            report_layer(),
            "<h2>Same image, many networks</h2>",
            _list(shared),
            *(row_html(figures) for figures in networks_figures(report)),
            "<h2>Where on the image</h2>" + _list(share_sentence(*each) for each in shares.items()),
            report_chart("Shares of the perturbed pixels", share_figure(shares)),
            *(row_html(figures) for figures in outlined_figures(report)),
            report_code("Everything that the results depend on", report_json(provenance)),
        ],
    )


def classes_html(findings: ClassFindings, provenance: Mapping[str, Any]) -> str:
    """Return what was measured on many images of a data set as one HTML file.

    Args:
        findings: of one network, with a chosen cell.
        provenance: of the table.
    """
    shares = {find_spec(model).title: each for model, each in shares_of(findings.all_rows).items()}
    contrasts, shared = contrasts_of(findings.all_rows), overlaps_of(findings.all_rows)
    title = find_spec(findings.model).title
    return report_page(
        "Many images: where the pixels fall, and which class draws what",
        [
            report_chart("Shares of the perturbed pixels", share_figure(shares)),
            _list(share_sentence(*each) for each in shares.items()),
            *_contrasts(contrasts),
            *_overlaps(shared),
            f"<h2>{escape(title)}: images by label before (rows) and after (columns)</h2>",
            findings.table.to_html(border=0),
            report_layer(),
            f"<h2>{escape(findings.heading)}</h2><p>{escape(findings.left_out)}</p>",
            tiles_html(findings.cell_tiles()),
            f"<h2>What the images called {escape(findings.titles[findings.label])} become</h2>",
            tiles_html(findings.map_tiles()),
            report_code("Everything that the results depend on", report_json(dict(provenance))),
        ],
    )


def _contrasts(contrasts: Sequence[Contrast]) -> list[str]:
    if not contrasts:
        return []
    return [
        "<h2>Do they concentrate where the network looks?</h2>",
        f"<p>{escape(contrast_finding(contrasts))}</p>",
        report_chart("Contrasts", contrast_figure(contrasts)),
        _list((*contrast_sentences(contrasts), *kind_sentences(contrasts))),
    ]


def _overlaps(shared: Sequence[Overlap]) -> list[str]:
    if not shared:
        return []
    return [
        "<h2>Do two networks perturb the same pixels because of the image?</h2>",
        report_chart("Shared pixels", overlap_figure(shared)),
        _list(overlap_sentences(shared)),
    ]


def _list(sentences: Iterable[str]) -> str:
    items = "".join(f"<li>{escape(each.replace('**', ''))}</li>" for each in sentences)
    return f"<ul>{items}</ul>" if items else ""
