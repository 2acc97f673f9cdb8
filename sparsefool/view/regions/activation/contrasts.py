"""Whether perturbations fall where the network looks (Section 4.2): against chance and two simple habits."""

from collections.abc import Mapping, Sequence
from functools import partial

import plotly.graph_objects as go

from sparsefool.analysis.region_findings import ALL, BASELINES, Contrast, concentration
from sparsefool.analysis.statistics import Estimate
from sparsefool.analysis.verdicts import in_words
from sparsefool.formats import interval, listed, signed, spread
from sparsefool.view.shared.dot_chart import POINTS, Series, dot_figure
from sparsefool.view.shared.palette import BEFORE, GREEN, PURPLE
from sparsefool.zoo.specs import find_spec

MARKS = {"area": (BEFORE, "circle"), "elsewhere": (PURPLE, "square"), "centre": (GREEN, "x")}
"""Colours and symbols of the baselines."""

IMAGE_SPECIFIC = "elsewhere"
"""The baseline by which kinds of images are compared: what is special to the image."""


def contrast_figure(contrasts: Sequence[Contrast]) -> go.Figure:
    """Return the contrasts in percentage points, with a row for each network and kind of images."""
    rows = list(dict.fromkeys((each.model, each.kind) for each in contrasts))
    found = {(each.model, each.kind, each.baseline): each for each in contrasts}
    nothing = Estimate(float("nan"), (float("nan"), float("nan")))
    series = []
    for baseline, title in BASELINES.items():
        each = [found.get((*row, baseline)) for row in rows]
        notes = [_verdict(contrast) if contrast else "" for contrast in each]
        gains = [contrast.gain if contrast else nothing for contrast in each]
        series.append(Series(f"against {title}", *MARKS[baseline], gains, notes))
    return dot_figure(
        [f"{find_spec(model).title}<br>{kind}, {_counts(found, model, kind)}" for model, kind in rows],
        series,
        "contrasts",
        "Share of the perturbed pixels in the image's own activation map, minus the other's, in points",
        line_at=(0.0, "as much"),
        unit=POINTS,
    )


def contrast_finding(contrasts: Sequence[Contrast]) -> str:
    """Return on which networks the perturbations concentrate where the network looks, and the disc."""
    verdicts = concentration(contrasts)
    clauses = []
    for verdict, words in ((True, "holds for"), (False, "does not hold for"), (None, "cannot be told for")):
        titles = [find_spec(model).title for model, found in verdicts.items() if found is verdict]
        if titles:
            clauses.append(f"{words} {listed(titles)}")
    centre = [each for each in contrasts if (each.kind, each.baseline) == (ALL, "centre")]
    less = [find_spec(each.model).title for each in centre if each.gain.interval[1] < 0]
    disc = f" On {listed(less)}, a disc of that size in the middle holds more still." if less else ""
    return (
        "The map of the image's own label holds more of the perturbed pixels than chance gives and than the "
        f"map of another image does: this {'; '.join(clauses)}.{disc}"
    )


def contrast_sentences(contrasts: Sequence[Contrast]) -> list[str]:
    """Return a verdict for each baseline and network, over all images."""
    sentences = []
    for baseline, title in BASELINES.items():
        clauses = [
            f"{find_spec(each.model).title} **{_verdict(each)}**, {_points(each)}"
            for each in contrasts
            if (each.kind, each.baseline) == (ALL, baseline)
        ]
        sentences.append(f"More than {title}: {'; '.join(clauses)}.")
    return sentences


def kind_sentences(contrasts: Sequence[Contrast]) -> list[str]:
    """Return for each network what is special to the image, for each kind of images apart."""
    sentences = []
    for model in dict.fromkeys(each.model for each in contrasts):
        clauses = [
            f"{each.kind} {_points(each)}, **{_verdict(each)}**"
            for each in contrasts
            if (each.model, each.baseline) == (model, IMAGE_SPECIFIC) and each.kind != ALL
        ]
        if clauses:
            sentences.append(f"{find_spec(model).title}: {'; '.join(clauses)}.")
    return sentences


def _counts(found: Mapping[tuple[str, str, str], Contrast], model: str, kind: str) -> str:
    """Return on how many images the contrasts of a row rest: fewer have another image's map beside theirs."""
    return f"n = {spread(each.n for key, each in found.items() if key[:2] == (model, kind))}"


def _verdict(contrast: Contrast) -> str:
    return in_words(contrast.verdict, contrast.n)


def _points(contrast: Contrast) -> str:
    gain = contrast.gain.times(100)
    ends = interval(gain, partial(signed, digits=1), "95 %: {}, ")
    return f"{signed(gain.value, 1)} points ({ends}n = {contrast.n:,})"
