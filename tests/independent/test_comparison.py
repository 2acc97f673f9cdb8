"""The Comparison page: its table, its chart, and *Paper and here*, computed again from the rows."""

import math
from functools import cache

import pytest

from tests.independent import figures, rows
from tests.independent.rows import DATASETS, NETWORKS
from tests.independent.shown import agrees, bars_agree, charts, numbers, page, words

STORED = [name for name in DATASETS if rows.comparison(name)]
PANELS = ("rate", "percent", "features", "seconds", "forwards")
"""What the panels of the chart show, from left to right; the first in percent."""


def opened(name):
    return page("comparison", ("data", DATASETS[name]))


@cache
def attacked(name):
    """What each attack on each network did, by the titles of both."""
    return {
        (NETWORKS[model], title): figures.attacked(found)
        for (model, title), found in rows.comparison(name).items()
    }


@pytest.mark.parametrize("name", STORED)
def test_the_table_of_attacks(name):
    expected = attacked(name)
    lines = opened(name).table[0].value.to_dict("records")
    assert [(line["Network"], line["Attack"].strip("*")) for line in lines] != []
    assert {(line["Network"], line["Attack"].strip("*")) for line in lines} == set(expected)
    for line in lines:
        own = expected[line["Network"], line["Attack"].strip("*")]
        assert line["n"] == f"{own.n:,}"
        assert line["Fooled, 8-bit"] == f"{own.fooled_8bit:,} of {own.n:,}"
        assert agrees(line["Fooling rate"], own.rate.times(100)), line
        pixels, _, percent = line["Pixels, median"].rpartition(", ")
        assert agrees(pixels or percent, own.pixels), line
        if own.fooled:
            ((value, half),) = numbers(percent)
            assert abs(value - own.percent.value) <= half * 1.0001, line
        assert agrees(line["Features, median"], own.features), line
        seconds, _, batches = line["Seconds, mean"].rpartition(", ")
        assert agrees(seconds, own.seconds), line
        assert int(batches.split()[0].replace(",", "")) == own.batches
        assert agrees(line["Forwards, mean"], own.forwards), line
        assert agrees(line["Backwards, mean"], own.backwards), line


@pytest.mark.parametrize("name", STORED)
def test_the_chart_of_attacks(name):
    expected = attacked(name)
    (chart,) = charts(opened(name))
    models = list(dict.fromkeys(network for network, _ in expected))
    assert len(chart["data"]) == len(models) * len(PANELS)
    for number, drawn in enumerate(chart["data"]):
        measure, network = PANELS[number // len(models)], models[number % len(models)]
        assert drawn["name"] == network
        own = [getattr(expected[network, title], measure) for title in drawn["y"]]
        assert bars_agree(drawn, [each.times(100) for each in own] if measure == "rate" else own)
        hidden = {title for shown, title in expected if shown == network} - set(drawn["y"])
        assert all(math.isnan(getattr(expected[network, title], measure).value) for title in hidden)


@pytest.mark.parametrize("name", STORED)
def test_how_many_rows_there_are_and_what_they_have_cost(name):
    found = rows.comparison(name)
    assert f" · {sum(map(len, found.values())):,} rows · " in words(opened(name))
    assert _duration(sum(each["seconds"].sum() for each in found.values())) in words(opened(name))


def test_the_points_of_the_images():
    (chart,) = charts(page("comparison", ("data", "MNIST"), ("section", "Image by image")))
    expected = rows.comparison("mnist")
    for title, drawn in ((each["name"], each) for each in chart["data"] if each["name"] in rows.COMPARED):
        own = expected["mnist/lenet", title]
        own = own[own["pixels"] > 0]
        assert drawn["customdata"] == [
            ["mnist/lenet", *numbers]
            for numbers in zip(own["image"], own["pixels"], own["features"], strict=True)
        ]
        assert _numbers(drawn["x"]) == pytest.approx(own["seconds"].tolist())
        assert _numbers(drawn["y"]) == pytest.approx((100 * own["pixels"] / own["pixels_per_image"]).tolist())


def _numbers(values):
    """The numbers of an array, which plotly may have encoded."""
    if isinstance(values, list):
        return values
    import base64

    import numpy as np

    return np.frombuffer(base64.b64decode(values["bdata"]), values["dtype"]).tolist()


def _duration(seconds):
    if seconds < 120:
        return f" · {seconds:.0f} s of computing time"
    unit = f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"
    return f" · {unit} of computing time"
