"""The curves of a sweep, their sentences and their numbers, on rows in which fooling changes with δ."""

import math

import pandas as pd
import pytest

from sparsefool.analysis.pareto import GridPoint
from sparsefool.analysis.statistics import Estimate
from sparsefool.view.perceptibility import sweep_texts
from sparsefool.view.perceptibility.map_charts import map_figure
from sparsefool.view.perceptibility.sweep_charts import OPEN, TOO_FEW, sweep_figure
from sparsefool.view.perceptibility.sweep_texts import headline, measured, numbers_table, sentences
from tests.analysis.attack_rows import make_rows

N = 30
FOOLED = {10.0: 2, 25.0: 30, 50.0: 25, 255.0: 18}
"""How many of the images are fooled at each δ: the easy ones, with the fewest pixels, always are."""


@pytest.fixture(autouse=True)
def _no_box(monkeypatch):
    monkeypatch.setattr(sweep_texts, "stopped_by_delta", lambda _: {25.0: 0.5, 255.0: 0.0})


@pytest.fixture
def rows():
    tables = [
        make_rows([image < fooled for image in range(N)], range(10, 10 + N), "mnist/lenet").assign(
            delta=delta
        )
        for delta, fooled in FOOLED.items()
    ]
    return pd.concat(tables, ignore_index=True)


def panel(figure, number):
    """Return the line and the separate marks of a panel, as pairs of x and y."""
    axis = "x" if number == 1 else f"x{number}"
    drawn = [each for each in figure.data if each.xaxis == axis and each.fill is None and each.text]
    return [
        [(x, y) for x, y in zip(each.x, each.y, strict=True) if y is not None and not math.isnan(y)]
        for each in drawn
    ]


def test_the_curve_over_the_fooled_stops_where_too_few_are_fooled(rows):
    figure = sweep_figure(rows, "delta")
    line, marks = panel(figure, 1)
    assert [x for x, _ in line] == [25.0, 50.0]
    assert [x for x, _ in marks] == [10.0, 255.0]
    assert marks[1][1] == pytest.approx(1.85), "still drawn: the median of the 18 easiest"
    symbols = {each.name: each.marker.symbol for each in figure.data if each.x == (None,)}
    assert symbols == {"too few fooled to compare": TOO_FEW, "not reached": OPEN}


def test_beside_it_is_the_median_over_all_images(rows):
    figure = sweep_figure(rows, "delta")
    line, open_ = panel(figure, 2)
    assert dict(line) == pytest.approx({25.0: 2.45, 50.0: 2.45, 255.0: 2.45})
    ((delta, y),) = open_
    assert delta == 10.0
    ticks = dict(zip(figure.layout.yaxis2.ticktext, figure.layout.yaxis2.tickvals, strict=True))
    assert ticks["not reached"] == y > max(FOOLED.values()) / 10
    assert figure.layout.yaxis.range == figure.layout.yaxis2.range


def test_a_band_ends_where_the_line_does_and_leaves_out_what_has_no_interval(rows):
    figure = sweep_figure(rows, "delta")
    bands = [each for each in figure.data if each.fill == "toself"]
    assert [set(each.x) for each in bands if each.xaxis == "x"] == [{25.0, 50.0}]
    assert all(math.isfinite(y) for each in bands for y in each.y)


def test_seconds_of_shared_batches_have_no_curve_and_no_interval(rows):
    figure = sweep_figure(rows, "delta")
    assert not any("econd" in each.text for each in figure.layout.annotations)
    assert set(numbers_table(rows, "delta")["seconds"]) == {"0.5"}


def test_the_sentence_tells_the_fooling_rate_and_both_medians(rows):
    first, *others = sentences("LeNet", rows, "delta")
    assert first.startswith("**LeNet**, δ = 25 → 255. Fooled: 30 of 30, 100 % (")
    assert "→ 18 of 30, 60 % (" in first
    assert "over the fooled: 2.45 % (" in first
    assert "→ 1.85 % (" in first
    assert "over all images: 2.45 % (" in first
    assert others[0] == "LeNet: too few images are fooled to compare medians at δ = 10, 255."
    assert "50 % (δ = 25), 0 % (δ = 255)" in others[1]


def test_the_headline_names_the_ends_at_which_half_of_the_pictures_are_fooled(rows):
    assert headline(rows, "delta") == (
        "LeNet, 30 pictures: half of them are fooled with at most 2.45 % of the pixels at δ = 25 and "
        "2.45 % of the pixels at δ = 255."
    )
    assert headline(rows[rows["delta"] == 10], "delta") == "LeNet: no δ fools half of the pictures."


def test_that_no_image_is_fooled_is_said(rows):
    none = rows.assign(success=rows["success"] & (rows["delta"] > 10))
    said = " ".join(sentences("LeNet", none, "delta"))
    assert "no image is fooled at δ = 10, so there is no median" in said
    assert sweep_figure(rows.assign(success=False), "delta").data


def test_where_all_are_fooled_the_median_is_told_once(rows):
    (said,) = sentences("LeNet", rows.assign(success=True, lambda_=rows["delta"]), "lambda_")
    assert "over all images as over the fooled: 2.45 % (" in said
    assert "Fooled: 30 of 30, 100 % (" in said
    assert "iterations: 15.5 (" in said


def test_an_interval_is_left_out_where_there_is_none():
    nothing = math.nan, math.nan
    assert measured(Estimate(3.7, nothing), " s") == "3.7 s"
    assert measured(Estimate(math.nan, nothing), " s") == "–"
    assert measured(Estimate(math.inf, (2.0, math.inf)), " %") == "not reached"
    assert measured(Estimate(2.0, (1.0, math.inf)), " %") == "2 % (1 to not reached)"


def test_a_map_puts_medians_of_too_few_fooled_images_in_brackets():
    cells = [GridPoint(1.0, 25.0, 30, 25, 10, 1.0, 25.0), GridPoint(3.0, 25.0, 30, 18, 10, 1.0, 25.0)]
    numbers = map_figure(cells).data[1]
    assert numbers.text == ("1 %<br>83 % fooled", "(1 %)<br>60 % fooled")
