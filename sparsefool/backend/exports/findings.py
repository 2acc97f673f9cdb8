"""Findings of the Regions page as files for other programs: numbers as numbers, and tables for LaTeX.

The columns of the CSV files are those that docs/annotations.md describes.
"""

from collections.abc import Sequence

from sparsefool.analysis.findings.fooling_classes import ANY, FOOLING_CLASS_FINDINGS, FoolingClassFinding
from sparsefool.analysis.findings.networks import NETWORK_FINDINGS, NetworkFinding
from sparsefool.analysis.findings.parts import PART_FINDINGS, PartFinding
from sparsefool.backend.exports.tables import UNKNOWN, csv_table, latex_table
from sparsefool.data.specs import class_names
from sparsefool.formats import with_interval, written
from sparsefool.zoo.specs import find_spec


def parts_csv(findings: Sequence[PartFinding]) -> bytes:
    """Return one line for each finding on a part, as CSV."""
    return csv_table(PART_FINDINGS.table(findings))


def networks_csv(findings: Sequence[NetworkFinding]) -> bytes:
    """Return one line for each finding on two networks, as CSV."""
    return csv_table(NETWORK_FINDINGS.table(findings))


def classes_csv(findings: Sequence[FoolingClassFinding]) -> bytes:
    """Return one line for each finding on fooling classes, as CSV."""
    return csv_table(FOOLING_CLASS_FINDINGS.table(findings))


def parts_latex(findings: Sequence[PartFinding]) -> bytes:
    """Return findings of one attack on parts as a LaTeX table."""
    lines = [
        {
            "Network": find_spec(each.model).title,
            "Pictures": each.kind,
            "Part": each.found.part,
            "n": each.found.n,
            "Pixels (%)": f"{100 * each.found.share:.1f}",
            "Area (%)": f"{100 * each.found.area:.1f}",
            "Times as many": with_interval(each.found.of_object, ".2f", nothing=UNKNOWN),
            "p, random": written(each.found.random.p, ".2g", UNKNOWN),
            "p, others": written(each.found.others.p, ".2g", UNKNOWN),
            "p, disc": written(each.found.centre.p, ".2g", UNKNOWN),
        }
        for each in findings
    ]
    caption = (
        r"Share of the perturbed pixels on the object that lie on the part, the part's share of its "
        r"area, and their ratio, in the mean over n pictures, with 95\,\% intervals; p-values after Holm."
    )
    return latex_table(lines, "lllrrrlrrr", caption)


def networks_latex(findings: Sequence[NetworkFinding]) -> bytes:
    """Return findings on pairs of networks as a LaTeX table."""
    lines = [
        {
            "Networks": f"{find_spec(each.first).title}, {find_spec(each.second).title}",
            "Measure": each.measure,
            "n": each.n,
            "Same image (%)": with_interval(each.shared.times(100), ".1f", nothing=UNKNOWN),
            "Other images (%)": f"{100 * each.others:.1f}",
            "Difference": with_interval(each.gain.times(100), ".1f", nothing=UNKNOWN),
            "p": written(each.p, ".2g", UNKNOWN),
        }
        for each in findings
    ]
    caption = (
        r"How far the perturbations of an image for two networks agree, and those of other images of its "
        r"class, in the mean over n images, with 95\,\% intervals; p-values not corrected."
    )
    return latex_table(lines, "llrlrlr", caption)


def classes_latex(findings: Sequence[FoolingClassFinding]) -> bytes:
    """Return findings on fooling classes as a LaTeX table."""
    lines = [
        {
            "Network": find_spec(each.model).title,
            "Original": _class(each.model, each.original),
            "Fooling": _class(each.model, each.fooling),
            "n": each.n,
            "Others": each.others,
            "Effect": f"{each.effect:.3f}",
            "By chance": f"{each.chance:.3f}",
            "p": written(each.p, ".2g", UNKNOWN),
            "p, Holm": written(each.p_corrected, ".2g", UNKNOWN),
        }
        for each in findings
    ]
    caption = (
        r"Whether smoothed perturbation maps depend on the fooling class: the share of the variation that "
        r"it explains (any fooling class), or the total variation between mean maps of n images that lead "
        r"to a class and of others."
    )
    return latex_table(lines, "lllrrrrrr", caption)


def _class(model: str, label: int) -> str:
    return "any" if label == ANY else class_names(find_spec(model).dataset)[label]
