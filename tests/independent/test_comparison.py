"""The Comparison page: its table, its chart, and *Paper and here*, computed again from the rows."""

from functools import cache

import pytest

from tests.independent import figures, rows
from tests.independent.rows import DATASETS, NETWORKS
from tests.independent.shown import agrees, bars_agree, charts, lines_of_attacks, numbers, page, words

STORED = [name for name in DATASETS if rows.comparison(name)]
COUNTS = {"Pixels": "pixels", "Values (colour channels of a pixel)": "features"}
"""What the chart can count, and what that is in the figures."""


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
    lines = lines_of_attacks(opened(name))
    assert len(lines) == len(expected)
    assert {(line["Network"], line["Attack"]) for line in lines} == set(expected)
    for line in lines:
        own = expected[line["Network"], line["Attack"]]
        assert line["Images"] == f"{own.n:,}"
        assert line["Rounded"] == f"{own.fooled_8bit:,}"
        assert agrees(line["Fooled, %"], own.rate.times(100)), line
        assert agrees(line["Pixels"], own.pixels), line
        assert agrees(line["Values"], own.features), line
        assert agrees(line["Seconds"], own.seconds), line
        passes = [value for value, _ in numbers(line["Passes"].replace("+", ""))]
        assert passes == [pytest.approx(each.value, abs=0.51) for each in (own.forwards, own.backwards)]


@pytest.mark.parametrize("count", COUNTS)
@pytest.mark.parametrize("name", STORED)
def test_the_chart_of_attacks(name, count):
    if name == "mnist":
        count = "Pixels"  # one value in a pixel: there is nothing to choose
    expected = attacked(name)
    (chart,) = charts(page("comparison", ("data", DATASETS[name]), ("counted", count)))
    marks = [drawn for drawn in chart["data"] if drawn["mode"] == "markers"]
    shown = {(drawn["name"], title) for drawn in marks for title in drawn["customdata"]}
    assert shown == {key for key, own in expected.items() if own.fooled}
    for drawn in marks:
        own = [expected[drawn["name"], title] for title in drawn["customdata"]]
        assert bars_agree(drawn, [each.seconds for each in own])
        assert bars_agree(drawn, [getattr(each, COUNTS[count]) for each in own], "y")
        hollow = [symbol.endswith("-open") for symbol in drawn["marker"]["symbol"]]
        assert hollow == [each.fooled_8bit < each.n / 2 for each in own]


@pytest.mark.parametrize("name", STORED)
def test_the_finding(name):
    said = next(line for line in words(opened(name)).splitlines() if line.startswith("Of the attacks that"))
    expected = attacked(name)
    for network in dict.fromkeys(network for network, _ in expected):
        able = {
            title: own.pixels.value
            for (shown, title), own in expected.items()
            if shown == network and own.fooled_8bit >= 0.9 * own.n
        }
        for title, median in able.items():
            if median == min(able.values()):
                assert f"**{title}**" in said
                assert f"{median:g} on {network}" in said or f"{network} ({median:g})" in said
        assert able or f"{network} no attack" in said or f"{network} and " in said


@pytest.mark.parametrize("name", STORED)
def test_how_many_rows_there_are_and_what_they_have_cost(name):
    found = rows.comparison(name)
    said = words(page("comparison", ("data", DATASETS[name]), ("section", "Download and reproduce")))
    assert f" · {sum(map(len, found.values())):,} rows · " in said
    assert _duration(sum(each["seconds"].sum() for each in found.values())) in said


def _duration(seconds):
    if seconds < 120:
        return f" · {seconds:.0f} s of computing time"
    unit = f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"
    return f" · {unit} of computing time"
