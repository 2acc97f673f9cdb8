"""How far the perturbations of two networks agree on the same images (Figure 8): chart and sentences."""

import math
from collections.abc import Sequence

import plotly.graph_objects as go

from sparsefool.analysis.findings.networks import NetworkFinding
from sparsefool.analysis.statistics import CONFIDENCE, Estimate
from sparsefool.formats import interval, p_value, percent, signed, spread
from sparsefool.view.regions.parts.chart import MARKS
from sparsefool.view.shared.dot_chart import POINTS, Series, dot_figure
from sparsefool.zoo.specs import find_spec

TITLES = {
    "pixels": "the same pixel",
    "within 1": "at most 1 pixel apart",
    "within 2": "at most 2 pixels apart",
    "smoothed": "the smoothed map",
    "parts": "head, rest of the object, elsewhere",
    "head": "the share on the head",
}
"""How two perturbations are compared, in words."""

PLACES = ("pixels", "within 1", "within 2", "smoothed")
"""The measures that know nothing of parts."""

NOTE = (
    "Agreement goes from 0 (nothing in common) to 100 %. Pixels: those of the one network that have one of "
    "the other's there, or at most 1 or 2 pixels away, in the mean of both ways. Smoothed map: what the two "
    "kernel densities have in common. Head: 100 % minus the difference of the shares of pixels on the head. "
    "Other images: the one network's perturbation and the other's of another image of the same class (on "
    "ImageNet, where hardly two have the same class, of the same kind, such as animals), which shows habits "
    "of place. Intervals are 95 % bootstrap intervals over images; p-values are two-sided, from 5,000 "
    "exchanges of such images, and not corrected."
)

_NOTHING = Estimate(math.nan, (math.nan, math.nan))


def network_figure(findings: Sequence[NetworkFinding]) -> go.Figure:
    """Return by how much two networks agree more on the same image than on others like it."""
    measures = [name for name in TITLES if any(each.measure == name for each in findings)]
    found = {(each.first, each.second, each.measure): each for each in findings}
    series = []
    for number, (first, second) in enumerate(_pairs(findings)):
        own = [found.get((first, second, measure)) for measure in measures]
        notes = [
            f"{percent(each.shared.value)} on the same image, {percent(each.others)} on others, "
            f"{p_value(each.p)}, n = {each.n:,}"
            if each
            else ""
            for each in own
        ]
        gains = [each.gain if each else _NOTHING for each in own]
        series.append(Series(_title(first, second), *MARKS[number % len(MARKS)], gains, notes))
    labels = [f"{TITLES[name]}<br>n = {_counts(findings, name)}" for name in measures]
    return dot_figure(
        labels,
        series,
        "networks",
        "Agreement on the same image, minus on other images like it, in points",
        line_at=(0.0, "as on other images"),
        unit=POINTS,
    )


def network_sentence(findings: Sequence[NetworkFinding]) -> str:
    """Return whether networks perturb the same places, each in its own pattern, as the paper has it."""
    pixels = [each for each in findings if each.measure == "pixels"]
    smoothed = [each for each in findings if each.measure == "smoothed"]
    pairs = _pairs(findings)
    near = sum(
        all(_more(each) for each in findings if (each.first, each.second) == pair and each.measure in PLACES)
        for pair in pairs
    )
    verdict = "holds" if near == len(pairs) else "holds in part" if near else "cannot be told"
    return (
        "The paper's Section 4.2: all networks are perturbed at the same places, each in its own pattern. "
        f"Here this **{verdict}**: two networks share {_range(pixels)} of their pixels, but "
        f"{_range(smoothed)} of their smoothed maps ({_range(smoothed, of_others=True)} on other "
        f"images like it; more by every measure of place in {near} of {len(pairs)} pairs; "
        f"n = {_counts(findings, 'smoothed')})."
    )


def network_sentences(findings: Sequence[NetworkFinding]) -> list[str]:
    """Return a sentence for each pair of networks."""
    sentences = []
    for first, second in _pairs(findings):
        clauses = [
            f"{TITLES[each.measure]} {percent(each.shared.value)} ({_points(100 * each.gain.value)} points"
            f"{interval(each.gain.times(100), _points, ', 95 %: {}')}, {p_value(each.p)}, n = {each.n:,})"
            for each in findings
            if (each.first, each.second) == (first, second)
        ]
        sentences.append(f"{_title(first, second)} agree in {'; '.join(clauses)}.")
    return sentences


def _points(gain: float) -> str:
    return signed(gain, 1)


def _more(finding: NetworkFinding) -> bool:
    return finding.p <= 1 - CONFIDENCE and finding.gain.value > 0


def _pairs(findings: Sequence[NetworkFinding]) -> list[tuple[str, str]]:
    return list(dict.fromkeys((each.first, each.second) for each in findings))


def _title(first: str, second: str) -> str:
    return f"{find_spec(first).title} and {find_spec(second).title}"


def _range(findings: Sequence[NetworkFinding], of_others: bool = False) -> str:
    values = (100 * (each.others if of_others else each.shared.value) for each in findings)
    return f"{spread(values, '.0f')} %"


def _counts(findings: Sequence[NetworkFinding], measure: str) -> str:
    return spread(each.n for each in findings if each.measure == measure)
