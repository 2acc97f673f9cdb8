"""The findings of the Regions page as HTML files."""

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import TYPE_CHECKING, Any

from sparsefool.analysis.findings.parts import PartFinding
from sparsefool.analysis.overlap import Overlap, overlaps_of
from sparsefool.analysis.region_findings import Contrast, contrasts_of, shares_of
from sparsefool.backend.attack.report import AttackReport
from sparsefool.backend.networks import NetworksRequest, overlaps
from sparsefool.view.components.picture import report_layer
from sparsefool.view.regions.activation.contrasts import (
    contrast_figure,
    contrast_finding,
    contrast_sentences,
    kind_sentences,
)
from sparsefool.view.regions.activation.share_charts import share_figure, share_finding, share_sentence
from sparsefool.view.regions.classes.findings import ClassFindings
from sparsefool.view.regions.networks.figures import networks_figures
from sparsefool.view.regions.networks.overlaps import overlap_figure, overlap_sentences
from sparsefool.view.regions.parts.chart import part_figure
from sparsefool.view.regions.parts.examples import Example
from sparsefool.view.regions.parts.texts import (
    METHOD,
    numbers,
    part_finding,
    setting_title,
    verdict_sentence,
)
from sparsefool.view.shared.downloads import report_chart, report_code, report_json, report_page
from sparsefool.view.shared.picture_rows import row_html, tiles_html
from sparsefool.zoo.specs import find_spec

if TYPE_CHECKING:
    import pandas as pd


def parts_html(finding: PartFinding, beside: Sequence[PartFinding], examples: Sequence[Example]) -> str:
    """Return the finding on a part as one HTML file, with method, numbers and pictures.

    Args:
        finding: the chosen one.
        beside: those on all parts and networks with the same attack and kind of picture.
        examples: of the chosen one.
    """
    method = "".join(f"<p>{escape(each.replace('**', ''))}</p>" for each in METHOD.strip().split("\n\n"))
    return report_page(
        "Where the perturbations fall",
        [
            f"<p><strong>{escape(part_finding(finding))}</strong></p>",
            f"<p>{escape(verdict_sentence(finding).replace('**', ''))}</p>",
            report_chart(f"Parts of {finding.kind}, {setting_title(finding.setting)}", part_figure(beside)),
            report_layer(),
            "<h2>Examples, the part and the object outlined</h2>" if examples else "",
            tiles_html([each.tile() for each in examples]),
            "<h2>All numbers</h2>" + numbers(beside).to_html(index=False, border=0),
            f"<h2>Method</h2>{method}",
        ],
    )


def networks_html(request: NetworksRequest, reports: Sequence[Sequence[AttackReport]]) -> str:
    """Return the same images on several networks as one HTML file.

    Args:
        request: the runs.
        reports: their results, in the same rows.
    """
    shared = overlap_sentences(overlaps(reports)) if len(request.models) > 1 else []
    provenance = [[report.provenance() for report in row] for row in reports]
    return report_page(
        "The same image on several networks",
        [
            report_layer(),
            _list(shared),
            *(row_html(figures) for figures in networks_figures(request, reports)),
            report_code("Everything that the results depend on", report_json(provenance)),
        ],
    )


def activation_html(rows: "pd.DataFrame", provenance: Mapping[str, Any]) -> str:
    """Return where perturbations fall beside the networks' activation maps as one HTML file.

    Args:
        rows: of the experiment on regions.
        provenance: of the table.
    """
    shares = {find_spec(model).title: each for model, each in shares_of(rows).items()}
    return report_page(
        "Where the network looks, and where the perturbations fall",
        [
            f"<p><strong>{escape(share_finding(shares))}</strong></p>",
            *_contrasts(contrasts_of(rows)),
            report_chart("Shares of the perturbed pixels", share_figure(shares)),
            _list(share_sentence(*each) for each in shares.items()),
            *_overlaps(overlaps_of(rows)),
            report_code("Everything that the results depend on", report_json(dict(provenance))),
        ],
    )


def classes_html(findings: ClassFindings, provenance: Mapping[str, Any]) -> str:
    """Return which class becomes which, and by which pixels, as one HTML file.

    Args:
        findings: of one network, with a chosen cell.
        provenance: of the table.
    """
    title = find_spec(findings.model).title
    return report_page(
        "Which class becomes which, and by which pixels",
        [
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
