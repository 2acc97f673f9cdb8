from sparsefool.view.attack.pixel_chart import MANY_POINTS, changed_table, pixel_figure
from sparsefool.view.attack.trajectory_chart import trajectory_figure
from tests.view.attack_report import make_report


def test_the_trajectory_shows_every_iteration_and_marks_the_current_one():
    figure = trajectory_figure(make_report(), 1)
    margin, pixels, *classes = figure.data
    assert list(margin.x) == [0, 1]
    assert list(margin.y) == [4.0, -1.0]
    assert list(pixels.y) == [0, 2]
    assert [trace.name for trace in classes[:2]] == ["3", "5"]
    assert len({trace.line.color for trace in classes}) == len(classes)
    marks = [shape for shape in figure.layout.shapes if shape.x0 == shape.x1 == 1]
    assert len(marks) == 3


def test_another_step_or_another_delta_does_not_reset_the_zoom():
    first = trajectory_figure(make_report(), 0).layout.uirevision
    assert first is not None
    assert trajectory_figure(make_report(delta=20), 1).layout.uirevision == first


def test_the_map_has_a_ring_at_each_changed_pixel_that_tells_its_values():
    report = make_report()
    image, rings = pixel_figure(report, report.adversarial).data
    assert image.source.startswith("data:image/png;base64,")
    assert sorted(zip(rings.y, rings.x, strict=True)) == [(4, 7), (9, 2)]
    assert list(rings.text) == ["0 → 255", "0 → 255"]
    assert len(rings.x) < MANY_POINTS


def test_the_table_lists_every_changed_value():
    table = changed_table(make_report())
    rows = list(zip(*(list(table[name]) for name in table), strict=True))
    assert list(table) == ["row", "column", "channel", "before", "after", "change"]
    assert rows == [(4, 7, "grey", 0, 255, 255), (9, 2, "grey", 0, 255, 255)]
