import math

import pandas as pd
import pytest

from sparsefool.analysis.summaries import summarise, summarise_by
from sparsefool.metrics import mean_interval
from tests.analysis.attack_rows import make_rows


def test_medians_are_of_fooled_images_and_rates_of_all():
    summary = summarise(make_rows([True, True, True, False], [10, 30, 20, 900]))
    assert (summary.n, summary.fooled, summary.fooled_8bit) == (4, 3, 0)
    assert summary.fooling_rate.value == 0.75
    assert summary.fooling_rate.interval[0] < 0.75 < summary.fooling_rate.interval[1]
    assert summary.pixels.value == 20
    assert summary.pixels.interval == (10, 30)
    assert summary.percent.value == pytest.approx(2.0)
    assert summary.iterations.value == 2.5
    assert summary.planes_behind == 4


def test_no_image_fooled_leaves_the_medians_open():
    summary = summarise(make_rows([False, False], [0, 0]))
    assert summary.fooling_rate.value == 0
    assert math.isnan(summary.pixels.value)
    assert all(math.isnan(end) for end in summary.percent.interval)


def test_groups_keep_their_order():
    rows = pd.concat([make_rows([True], [3], "z"), make_rows([False], [0], "a"), make_rows([True], [5], "z")])
    found = summarise_by(rows, ["model"])
    assert [key for (key,) in found] == ["z", "a"]
    assert found[("z",)].n == 2
    assert summarise_by(pd.DataFrame(), ["model"]) == {}


def test_the_interval_of_a_mean_narrows_with_n():
    few, many = mean_interval([1.0, 3.0]), mean_interval([1.0, 3.0] * 50)
    assert few[0] < many[0] < 2 < many[1] < few[1]
    assert many[1] - 2 == pytest.approx(1.96 * 1.00504 / 10, rel=1e-3)
    assert mean_interval([4.0]) == (4.0, 4.0)
    with pytest.raises(ValueError, match="no values"):
        mean_interval([])
