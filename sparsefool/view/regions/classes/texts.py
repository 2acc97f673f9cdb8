"""Whether the place of a perturbation depends on the fooling class, in words (Section 4.2, Figure 9)."""

from collections.abc import Sequence

from sparsefool.analysis.findings.fooling_classes import ANY, FoolingClassFinding
from sparsefool.analysis.findings.fooling_parts import ABOVE, FoolingPartFinding
from sparsefool.analysis.statistics import CONFIDENCE, Estimate
from sparsefool.formats import counted, interval, p_value, percent, signed
from sparsefool.view.shared.wording import with_article

HOW = (
    "Each perturbation is smoothed (a Gaussian kernel of 1/16 of the image's height) and the mean maps are "
    "compared: 0 % means the same places, 100 % nothing in common. Chance: the fooling classes are exchanged "
    "among images of the same class, 5,000 times; p-values are corrected by Holm's method for the number of "
    "pairs, but for the two pairs that the paper names."
)


def pair_sentence(
    finding: FoolingClassFinding | None, before: str, after: str, n: int, *, named: bool = False
) -> str:
    """Return whether perturbations of a class lie elsewhere when they lead to a fooling class.

    Args:
        finding: on this pair; None if its images are too few to compare.
        before, after: the two classes.
        n: images that lead there.
        named: whether the paper names this pair: its p-value is not corrected for there being others.
    """
    if finding is None:
        images = counted(n, "image")
        return f"{before} → {after}: {images}, too few to compare with those that become another class."
    p = finding.p if named else finding.p_corrected
    differs = p <= 1 - CONFIDENCE
    verdict = "lie elsewhere than" if differs else "do not clearly lie elsewhere than"
    others = f"those that make {with_article(before)} another class"
    if finding.original == ANY:
        others = "those that make the same classes another one"
    return (
        f"{before} → {after}: the perturbations {verdict} {others} "
        f"(their maps are {percent(finding.effect)} apart, chance gives {percent(finding.chance)}; "
        f"n = {finding.n:,} and {finding.others:,}, {p_value(p)})."
    )


def network_sentence(findings: Sequence[FoolingClassFinding], network: str) -> str:
    """Return of how many pairs of classes the places differ on a network, and whether the paper agrees.

    Args:
        findings: on this network.
        network: its title.
    """
    pairs = [each for each in findings if ANY not in (each.original, each.fooling)]
    if not pairs:
        return ""
    differ = [each for each in pairs if each.p_corrected <= 1 - CONFIDENCE]
    claim = "the place depends on the fooling class"
    if not differ:
        said = f"The paper's Section 4.2: {claim}. Here this **cannot be told** on {network}"
    else:
        said = f"The paper's Section 4.2: {claim}. Here this **holds for some pairs** on {network}"
    return f"{said}: {len(differ)} of {len(pairs)} pairs of classes differ (p at most 0.05, corrected)."


def example_sentence(
    label: int | None,
    fooling_label: int,
    findings: Sequence[FoolingClassFinding],
    parts: Sequence[FoolingPartFinding],
    titles: Sequence[str],
) -> str:
    """Return what was found on a pair of classes that the paper names: the places, and the parts it names.

    Args:
        label, fooling_label: the pair; None for any original class.
        findings, parts: on one network.
        titles: of the classes.
    """
    original = ANY if label is None else label
    before = "any class" if label is None else titles[label]
    pair = (original, fooling_label)
    found = next((each for each in findings if (each.original, each.fooling) == pair), None)
    named = (ABOVE,) if label is None else ("wings", "tail")
    clauses = [
        f"{percent(each.share)} of the perturbed pixels lie {_where(each.part)}, and "
        f"{percent(each.others_share)} of those that lead elsewhere ({_points(each.gain)}; "
        f"{p_value(each.p)}; n = {each.n:,} and {each.others:,})"
        for each in parts
        if (each.original, each.fooling) == pair and each.part in named
    ]
    places = pair_sentence(found, before, titles[fooling_label], 0, named=True) if found else ""
    return f"- {places} {'. '.join(clauses)}."


def _where(part: str) -> str:
    return part if part == ABOVE else f"on the {part}"


def _points(gain: Estimate) -> str:
    ends = interval(gain.times(100), signed, "95 %: {}") or "too few for an interval"
    return f"{signed(100 * gain.value)} points, {ends}"
