"""Findings on parts as files for other programs: numbers as numbers, and a table for LaTeX."""

import math
from collections.abc import Sequence

from sparsefool.analysis.findings.parts import PartFinding, as_table
from sparsefool.analysis.statistics import Estimate
from sparsefool.zoo.specs import find_spec


def parts_csv(findings: Sequence[PartFinding]) -> bytes:
    """Return one line for each finding, as CSV: the columns that docs/annotations.md describes."""
    return bytes(as_table(findings).to_csv(index=False).encode())


def parts_latex(findings: Sequence[PartFinding]) -> bytes:
    r"""Return findings of one attack as a LaTeX table, which needs ``\usepackage{booktabs}``."""
    import pandas as pd

    lines = [
        {
            "Network": find_spec(each.model).title,
            "Pictures": each.kind,
            "Part": each.found.part,
            "n": each.found.n,
            "Pixels (%)": f"{100 * each.found.share:.1f}",
            "Area (%)": f"{100 * each.found.area:.1f}",
            "Times as many": _with_interval(each.found.of_object),
            "p, random": _p(each.found.random.p),
            "p, others": _p(each.found.others.p),
            "p, disc": _p(each.found.centre.p),
        }
        for each in findings
    ]
    shown = pd.DataFrame(lines).style.format(escape="latex").format_index(escape="latex", axis=1)
    caption = (
        r"Share of the perturbed pixels on the object that lie on the part, the part's share of its "
        r"area, and their ratio, in the mean over n pictures, with 95\,\% intervals; p-values after Holm."
    )
    latex: str = shown.hide(axis="index").to_latex(hrules=True, column_format="lllrrrlrrr", caption=caption)
    return latex.encode()


def _with_interval(estimate: Estimate) -> str:
    low, high = estimate.interval
    return f"{estimate.value:.2f}" + ("" if math.isnan(low) else f" ({low:.2f} to {high:.2f})")


def _p(p: float) -> str:
    return "--" if math.isnan(p) else f"{p:.2g}"
