from dataclasses import replace

import plotly.graph_objects as go

from sparsefool.backend.attack.shortfall import find_shortfall
from sparsefool.view.attack.promise_chart import promise_alt, promise_figure
from sparsefool.view.attack.tabs.pixel_chart import MANY_POINTS, changed_table, pixel_figure
from sparsefool.view.attack.tabs.trajectory_chart import trajectory_figure
from tests.view.attack_report import make_report, steps_of


def test_the_trajectory_shows_every_iteration_and_marks_the_current_one():
    figure = go.Figure(trajectory_figure(make_report(), 1))
    margin, pixels, *classes = figure.data
    assert list(margin.x) == [0, 1]
    assert list(margin.y) == [4.0, -1.0]
    assert list(pixels.y) == [0, 2]
    assert [trace.name for trace in classes[:2]] == ["3", "5"]
    assert len({trace.line.color for trace in classes}) == len(classes)
    marks = [shape for shape in figure.layout.shapes if shape.x0 == shape.x1 == 1]
    assert len(marks) == 3


def test_another_step_or_another_delta_does_not_reset_the_zoom():
    first = trajectory_figure(make_report(), 0)["layout"]["uirevision"]
    assert first is not None
    assert trajectory_figure(make_report(delta=20), 1)["layout"]["uirevision"] == first


def test_the_map_has_a_ring_at_each_changed_pixel_that_tells_its_values():
    report = make_report()
    image, _dark, rings = pixel_figure(report, report.adversarial).data
    assert image.source.startswith("data:image/png;base64,")
    assert sorted(zip(rings.y, rings.x, strict=True)) == [(4, 7), (9, 2)]
    assert list(rings.text) == ["0 → 255", "0 → 255"]
    assert len(rings.x) < MANY_POINTS


def test_the_table_lists_every_changed_value():
    table = changed_table(make_report())
    rows = list(zip(*(list(table[name]) for name in table), strict=True))
    assert list(table) == ["row", "column", "channel", "before", "after", "change"]
    assert rows == [(4, 7, "grey", 0, 255, 255), (9, 2, "grey", 0, 255, 255)]


def test_what_the_planes_promised_is_a_dashed_line_without_a_point_at_the_original():
    original, step = make_report().steps
    report = make_report(steps=(original, replace(step, promised=-2.5)))
    figure = go.Figure(trajectory_figure(report, 1))
    promised = figure.data[-1]
    assert (promised.name, promised.line.dash) == ("promised", "dash")
    assert list(promised.y) == [None, -2.5]
    assert "dashed" in figure.layout.annotations[0].text
    assert "dashed" not in trajectory_figure(make_report(), 1)["layout"]["annotations"][0]["text"]


def test_the_chart_of_a_stuck_run_shows_both_curves_and_the_level_below_which_it_fools():
    steps = steps_of((5.0, 4.0, 3.0), (-5.0, -4.0))
    figure = promise_figure(steps)
    margin, promised = figure.data
    assert (list(margin.x), list(margin.y)) == ([0, 1, 2], [5.0, 4.0, 3.0])
    assert (list(promised.x), list(promised.y)) == ([1, 2], [-5.0, -4.0])
    assert margin.line.color != promised.line.color
    assert figure.layout.shapes[0].y0 == figure.layout.shapes[0].y1 == 0
    assert figure.layout.annotations[0].yanchor == "bottom"
    assert promise_figure(steps_of((5.0, 4.0), (-9.0,))).layout.annotations[0].yanchor == "top"
    shortfall = find_shortfall(make_report().request, steps)
    assert "from 5.0 to 3.0 logits" in promise_alt(shortfall)
