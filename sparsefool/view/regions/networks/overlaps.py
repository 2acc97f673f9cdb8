"""How many pixels two networks' perturbations share, of which how many by habit (Figure 8)."""

from collections.abc import Sequence
from functools import partial

import plotly.graph_objects as go

from sparsefool.analysis.overlap import Overlap
from sparsefool.analysis.statistics import Estimate
from sparsefool.analysis.verdicts import in_words
from sparsefool.formats import interval, signed
from sparsefool.view.shared.dot_chart import Series, dot_figure
from sparsefool.view.shared.palette import BEFORE, GREY, PURPLE
from sparsefool.zoo.specs import find_spec

NO_INTERVAL = float("nan"), float("nan")


def overlap_figure(overlaps: Sequence[Overlap]) -> go.Figure:
    """Return what each pair of networks shares on the same image, on different ones, and by pure chance."""
    every = [overlap for overlap in overlaps if overlap.n]
    notes = [f"n = {overlap.n:,}" for overlap in every]
    different, random = (
        [Estimate(getattr(overlap, name), NO_INTERVAL) for overlap in every] for name in ("chance", "random")
    )
    series = [
        Series("on the same image", BEFORE, "circle", [overlap.shared for overlap in every], notes),
        Series("on different images: habit of place", PURPLE, "square", different, notes),
        Series("in random places", GREY, "x", random, notes),
    ]
    labels = [f"{overlap_title(overlap, ' and<br>')}, n = {overlap.n:,}" for overlap in every]
    figure = dot_figure(labels, series, "overlaps", "Shared pixels (intersection over union)")
    return figure.update_xaxes(rangemode="tozero")


def overlap_sentences(overlaps: Sequence[Overlap]) -> list[str]:
    """Return a sentence for each pair of networks on what they share because of the image."""
    sentences = []
    for overlap in overlaps:
        if not overlap.n:
            sentences.append(f"{overlap_title(overlap)}: no image fooled both, or they differ in size.")
            continue
        shared, gain = overlap.shared.times(100), overlap.because_of_image.times(100)
        sentences.append(
            f"{overlap_title(overlap)} share {shared.value:.2f} % of their pixels"
            f"{interval(shared, '.2f', IN_BRACKETS)}, {100 * overlap.chance:.2f} % by habit of place "
            f"and {signed(gain.value, 2)} points{interval(gain, partial(signed, digits=2), IN_BRACKETS)} "
            f"because of the image: more than by habit **{in_words(overlap.verdict, overlap.n)}** "
            f"(random places: {100 * overlap.random:.2f} %; {overlap.n:,} images that fool both)."
        )
    return sentences


IN_BRACKETS = " (95 %: {})"


def overlap_title(overlap: Overlap, between: str = " and ") -> str:
    """Return the titles of the two networks."""
    return between.join(find_spec(model).title for model in overlap.models)
