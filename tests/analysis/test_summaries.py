import math

import pandas as pd
import pytest

from sparsefool.analysis import summaries
from sparsefool.analysis.statistics import Estimate
from sparsefool.analysis.summaries import summarise, summarise_by
from tests.analysis.attack_rows import make_rows


def test_medians_are_of_fooled_images_and_rates_of_all():
    summary = summarise(make_rows([True, True, True, False], [10, 30, 20, 900]))
    assert (summary.n, summary.fooled, summary.fooled_8bit) == (4, 3, 0)
    assert summary.fooling_rate.value == 0.75
    assert summary.fooling_rate.interval[0] < 0.75 < summary.fooling_rate.interval[1]
    assert summary.pixels.value == 20
    assert all(math.isnan(end) for end in summary.pixels.interval), "three values have no 95 % interval"
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


def test_seconds_are_of_batches():
    """Twelve batches of two images; a thirteenth is not complete."""
    rows = make_rows([True] * 25, [9] * 25).assign(image=range(25), batch=2)
    rows["seconds"] = [0.1, 0.9] * 12 + [0.5]
    summary = summarise(rows)
    assert (summary.batches, summary.seconds.value) == (12, pytest.approx(0.5))
    assert summary.seconds.interval == pytest.approx((0.5, 0.5)), "each batch took one second"
    few = summarise(rows[:18])
    assert few.batches == 9
    assert all(math.isnan(end) for end in few.seconds.interval)


def test_one_image_has_no_interval_that_looks_certain():
    summary = summarise(make_rows([True], [3]).assign(image=0, batch=1))
    for estimate in (summary.percent, summary.forwards, summary.seconds):
        assert all(math.isnan(end) for end in estimate.interval)


def test_means_are_bootstrapped_only_when_they_are_asked_for(monkeypatch):
    asked = []
    monkeypatch.setattr(
        summaries, "estimate_mean", lambda values: asked.append(values) or Estimate(1.0, (0.0, 2.0))
    )
    summary = summarise(make_rows([True, False], [1, 2]))
    assert not asked
    summary.forwards  # noqa: B018
    summary.forwards  # noqa: B018
    assert len(asked) == 1
