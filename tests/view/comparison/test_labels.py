import itertools

import pytest

from sparsefool.analysis.summaries import summarise_by
from sparsefool.data.specs import DATASETS
from sparsefool.experiments.paper.comparison import paper_comparison
from sparsefool.view.comparison.charts import overview_figure
from sparsefool.view.comparison.labels import WIDTHS, place_labels, text_box
from sparsefool.view.comparison.measures import PIXELS, VALUES
from sparsefool.view.shared.experiments import find_result


def box(label, mark, size, width, height):
    x, y = mark[0] * width + label.x, mark[1] * height + label.y
    left = x - {"left": 0, "center": 0.5, "right": 1}[label.xanchor] * size[0]
    top = y - {"top": 0, "middle": 0.5, "bottom": 1}[label.yanchor] * size[1]
    return left, top, left + size[0], top + size[1]


def overlap(one, other):
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def test_labels_of_marks_that_nearly_coincide_are_apart_and_inside_at_every_width():
    groups = [[(0.5 + 0.01 * number, 0.5)] for number in range(6)]
    sizes, height = [text_box("SparseFool", 13)] * 6, 320.0
    labels = place_labels(groups, sizes, height)
    for width in WIDTHS:
        boxes = [
            box(*each, width, height)
            for each in zip(labels, [mark for (mark,) in groups], sizes, strict=True)
        ]
        assert not any(overlap(one, other) for one, other in itertools.combinations(boxes, 2))
        assert all(b[0] >= 0 and b[1] >= 0 and b[2] <= width and b[3] <= height for b in boxes)


def test_a_mark_that_stands_alone_has_its_label_beside_it():
    (label,) = place_labels([[(0.3, 0.5)]], [text_box("JSMA", 13)], 320)
    assert (label.x, label.y, label.xanchor, label.yanchor) == (12, 0, "left", "middle")


@pytest.mark.parametrize(
    "line",
    [
        ((0.4, 0.3), (0.4, 0.7)),
        ((0.36, 0.51), (0.9, 0.51)),
        ((0.36, 0.45), (0.44, 0.55)),
    ],
    ids=["upright", "level", "slanting"],
)
def test_a_label_does_not_stand_on_a_line_that_it_could_avoid(line):
    mark, size, height = (0.3, 0.5), text_box("SparseFool, sparsest", 13), 320.0
    (label,) = place_labels([[mark]], [size], height, [line])
    for width in WIDTHS:
        left, top, right, bottom = box(label, mark, size, width, height)
        for step in range(101):
            x, y = (one + step / 100 * (other - one) for one, other in zip(*line, strict=True))
            assert not (left < x * width < right and top < y * height < bottom), width


@pytest.mark.parametrize(("size", "high"), [(13, 410), (16, 480)])
@pytest.mark.parametrize("dataset", [spec.name for spec in DATASETS])
@pytest.mark.parametrize("count", [PIXELS, VALUES], ids=lambda count: count.words)
def test_the_labels_of_the_shipped_comparisons_are_apart(dataset, count, size, high):
    stored = find_result(paper_comparison(dataset))
    found = summarise_by(stored.table.rows, ("model", "attack"))
    figure = overview_figure(found, count, size, "#000000", high)
    height = high - figure.layout.margin.t - figure.layout.margin.b
    (x0, x1), (y0, y1) = figure.layout.xaxis.range, figure.layout.yaxis.range
    for width in WIDTHS:
        boxes = []
        for each in figure.layout.annotations:
            mark = (each.x - x0) / (x1 - x0), 1 - (each.y - y0) / (y1 - y0)
            place = type("Place", (), {"x": each.ax, "y": each.ay, "xanchor": each.xanchor})
            place.yanchor = each.yanchor
            boxes.append(box(place, mark, text_box(each.text, size), width, height))
        assert not any(overlap(one, other) for one, other in itertools.combinations(boxes, 2)), width
