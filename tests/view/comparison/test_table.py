import math

import pandas as pd
import pytest

from sparsefool.analysis.statistics import Estimate
from sparsefool.store.tables import Table
from sparsefool.view.comparison.charts import image_figure, summary_figure
from sparsefool.view.comparison.results import command_for
from sparsefool.view.comparison.table import count_with_interval, in_percent, lines_csv, short, with_interval


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (1.4, "1.40"),
        (0.000154, "0.000154"),
        (43.46, "43.5"),
        (2020001, "2,020,001"),
        (-2.0, "-2.00"),
    ],
)
def test_numbers_keep_three_digits_and_have_no_exponent(value, text):
    assert short(value) == text


def test_a_number_stands_with_its_interval_and_a_missing_one_is_a_dash():
    assert with_interval(Estimate(1.4, (1.28, 1.53)), "%") == "**1.40 %** (1.28 to 1.53)"
    assert with_interval(Estimate(math.nan, (math.nan, math.nan))) == "–"
    assert with_interval(Estimate(3.7, (math.nan, math.nan)), "s") == "**3.70 s**", "too few for an interval"
    assert count_with_interval(Estimate(4.0, (3.5, 1204.0))) == "**4** (3.5 to 1,204)", "counts are whole"
    assert count_with_interval(Estimate(150528.0, (math.nan, math.nan))) == "**150,528**"
    assert in_percent(Estimate(0.9, (0.851, 0.934))) == "**90.0 %** (85.1 to 93.4)"


def test_a_table_is_taken_away_as_plain_text():
    lines = [{"Attack": "**JSMA** (θ = 1)", "": ":green[:material/check:] holds"}]
    assert lines_csv(lines).decode() == "Attack,\nJSMA (θ = 1),holds\n"


def make_rows(model="mnist/lenet", attack="JSMA", **changes):
    columns = {
        "model": model,
        "attack": attack,
        "image": [0, 1, 2],
        "success": [True, True, False],
        "success_8bit": True,
        "pixels": [4, 9, 0],
        "features": [5, 12, 0],
        "pixels_per_image": 784,
        "iterations": 1,
        "forwards": [2, 3, 40],
        "backwards": 1,
        "planes_behind": 0,
        "seconds": [0.1, 0.2, 4.0],
    }
    return pd.DataFrame(columns | changes)


def test_error_bars_are_the_intervals_and_few_images_have_none():
    rate, pixels, features, _, forwards = summary_figure(make_rows()).data
    assert rate.x[0] == pytest.approx(200 / 3)
    assert rate.error_x.arrayminus[0] == pytest.approx(rate.x[0] - 20.77, abs=0.01)
    assert rate.customdata[0] == " (95 % 20.77 to 93.85)"
    assert (pixels.x[0], features.x[0]) == (pytest.approx(650 / 784), 8.5)
    for few in (pixels, features, forwards):
        assert (few.error_x.array[0], few.error_x.arrayminus[0], few.customdata[0]) == (0, 0, "")
    many = summary_figure(pd.concat([make_rows()] * 20)).data[4]
    assert 0 < many.error_x.arrayminus[0] < many.x[0], "no negative number of forwards"


@pytest.mark.parametrize(("dearest", "step"), [(40, 1), (90_000, 2)])
def test_the_labels_of_a_logarithmic_axis_stay_apart(dearest, step):
    layout = summary_figure(pd.concat([make_rows(), make_rows(attack="One", forwards=dearest)])).layout
    assert (layout.xaxis5.type, layout.xaxis5.dtick, layout.xaxis5.tickangle) == ("log", step, 0)


def test_each_point_knows_its_image_and_what_changed_nothing_is_not_drawn():
    figure = image_figure(pd.concat([make_rows(), make_rows(attack="SparseFool")]), chosen=1)
    jsma, _, ring = figure.data
    assert [tuple(each[:2]) for each in jsma.customdata] == [("mnist/lenet", 0), ("mnist/lenet", 1)]
    assert [tuple(each[2:]) for each in jsma.customdata] == [(4, 5), (9, 12)]
    assert list(ring.x) == [0.2, 0.2]
    failed = image_figure(make_rows(success=[True, False, False]), chosen=None).data[0]
    assert [symbol.endswith("open") for symbol in failed.marker.symbol] == [False, True]


def test_attacks_have_different_colours_and_networks_different_symbols():
    parts = [make_rows(m, a) for m in ("cifar10/resnet18", "cifar10/vgg19") for a in ("JSMA", "SparseFool")]
    traces = image_figure(pd.concat(parts), chosen=None).data
    assert len({(trace.marker.color, trace.marker.symbol[0]) for trace in traces}) == 4
    assert len({trace.name for trace in traces}) == 4


def test_the_command_names_networks_attacks_and_images():
    runs = [
        {"model": "mnist/lenet", "name": "JSMA", "images": 20},
        {"model": "mnist/lenet", "name": "SparseFool", "images": 40},
    ]
    stored = Table(make_rows(), {"description": {"runs": runs}})
    assert command_for(stored).endswith(
        'comparison mnist --model mnist/lenet --attack "JSMA" --attack "SparseFool" --images 40'
    )
