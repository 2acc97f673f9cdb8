"""The names of the attacks in the chart of a comparison: what they say, and where they stand."""

import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sparsefool.analysis.summaries import Summary
from sparsefool.view.comparison.labels import Label, Place, place_labels, text_box
from sparsefool.view.comparison.log_axis import LogAxis
from sparsefool.view.comparison.measures import Count, is_strong
from sparsefool.view.shared.palette import CLEAR, GREY

_LARGE = 16
"""Size of the text, in CSS pixels, from which on labels are short."""


def label_text(attack: str, summary: Summary, text_size: int) -> str:
    """Return the label of an attack; one that fools few images says how many, unless the text is large."""
    if text_size >= _LARGE:
        return attack
    share = summary.fooled_8bit / summary.n
    return attack if is_strong(summary) else f"{attack} (fools {100 * share:.3g} %)"


def label_annotations(
    groups: Mapping[str, Sequence[Summary]],
    count: Count,
    axes: tuple[LogAxis, LogAxis],
    text_size: int,
    colour: str,
    height: int,
) -> Iterator[dict[str, Any]]:
    """Yield an annotation of plotly for each attack, beside one of its marks.

    Args:
        groups: the summaries of each attack that are drawn, one for each network.
        count: what is counted.
        axes: of the seconds, and of the count.
        text_size: in CSS pixels.
        colour: of the text.
        height: of the area with the marks, in CSS pixels.
    """
    marks = {
        attack: [_place(s.seconds.value, count.of(s).value, axes) for s in group]
        for attack, group in groups.items()
    }
    texts = {attack: [label_text(attack, s, text_size) for s in group] for attack, group in groups.items()}
    sizes = [text_box(max(each, key=len), text_size) for each in texts.values()]
    lines = [
        line for attack, group in groups.items() for line in _drawn_lines(group, marks[attack], count, axes)
    ]
    placed = place_labels(list(marks.values()), sizes, height, lines)
    for (attack, group), label in zip(groups.items(), placed, strict=True):
        summary = group[label.mark]
        at = {"x": math.log10(summary.seconds.value), "y": math.log10(count.of(summary).value)}
        yield {
            **at,
            **_drawn(label),
            "text": texts[attack][label.mark],
            "font": {"size": text_size, "color": colour},
        }


def _place(seconds: float, counted: float, axes: tuple[LogAxis, LogAxis]) -> Place:
    """Return where a mark is."""
    return axes[0].place(seconds), 1 - axes[1].place(counted)


def _drawn_lines(
    group: Sequence[Summary], places: Sequence[Place], count: Count, axes: tuple[LogAxis, LogAxis]
) -> Iterator[tuple[Place, Place]]:
    """Yield the lines from an attack's marks to the ends of their intervals, and from mark to mark."""
    for place, summary in zip(places, group, strict=True):
        seconds, counted = summary.seconds, count.of(summary)
        ends = [(seconds.value, end) for end in counted.interval if end > 0]
        ends += [(end, counted.value) for end in seconds.interval if end > 0]
        for end in ends:
            yield place, _place(*end, axes)
    yield from itertools.pairwise(places)


def _drawn(label: Label) -> dict[str, Any]:
    return {
        "ax": label.x,
        "ay": label.y,
        "xanchor": label.xanchor,
        "yanchor": label.yanchor,
        "borderpad": 0,
        "bgcolor": CLEAR,
        "arrowhead": 0,
        "arrowwidth": 1,
        "arrowcolor": GREY if math.hypot(label.x, label.y) > 14 else CLEAR,
        "standoff": 6,
    }
