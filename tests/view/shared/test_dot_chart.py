import math

import pytest

from sparsefool.analysis.statistics import Estimate
from sparsefool.view.shared.dot_chart import PERCENT, POINTS, TIMES, Series, dot_figure

NOTHING = Estimate(math.nan, (math.nan, math.nan))
ESTIMATES = (Estimate(0.2, (0.1, 0.4)), NOTHING)


def drawn(unit, titles=("a",), **more):
    series = [Series(title, "#000000", "circle", ESTIMATES, ("n = 12", "")) for title in titles]
    return dot_figure(["one", "two"], series, "made", "Share", unit=unit, **more)


@pytest.mark.parametrize(
    ("unit", "value", "ends", "suffix"),
    [(PERCENT, 20, (20, 10), " %"), (POINTS, 20, (20, 10), ""), (TIMES, 0.2, (0.2, 0.1), "")],
)
def test_dots_intervals_and_lines_are_in_the_unit_of_the_chart(unit, value, ends, suffix):
    figure = drawn(unit, x_range=(0.0, 1.0), line_at=(0.2, "chance"))
    (dots,) = figure.data
    assert list(dots.x) == [pytest.approx(value), None]
    assert (dots.error_x.array[0], dots.error_x.arrayminus[0]) == pytest.approx(ends)
    assert figure.layout.shapes[0].x0 == pytest.approx(value)
    assert list(figure.layout.xaxis.range) == [0, 5 * value]
    assert figure.layout.xaxis.ticksuffix == suffix
    assert f"{suffix}, %{{customdata}}" in dots.hovertemplate


@pytest.mark.parametrize(("titles", "lines"), [(("a",), 1), (("a", "b", "c"), 1), (("a" * 45, "b", "c"), 3)])
def test_the_legend_stands_right_below_the_axis_and_has_room(titles, lines):
    figure = drawn(PERCENT, titles)
    legend, below = figure.layout.legend, figure.layout.margin.b
    room = legend.y * figure.layout.height
    assert legend.yanchor == "top"
    assert room >= 21 * lines
    assert 40 <= below - room <= 70, "the axis and its title"
