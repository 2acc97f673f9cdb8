import math

import pytest

from sparsefool.analysis.statistics import Estimate
from sparsefool.formats import (
    compact,
    counted,
    decimal,
    duration,
    interval,
    listed,
    p_number,
    p_value,
    percent,
    percents,
    signed,
    significant,
    spread,
    with_interval,
    written,
)

NAN = math.nan
KNOWN, FEW, UNKNOWN = Estimate(1.4, (1.284, 1.53)), Estimate(3.7, (NAN, NAN)), Estimate(NAN, (NAN, NAN))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (1.4, "1.40"),
        (0.000154, "0.000154"),
        (43.46, "43.5"),
        (2020001, "2,020,001"),
        (-2.0, "-2.00"),
        (math.inf, "inf"),
    ],
)
def test_significant_digits_are_kept_without_an_exponent(value, text):
    assert significant(value) == text


def test_fewer_significant_digits_can_be_asked_for():
    assert [significant(each, 2) for each in (1.7321, 12.3, 0.05)] == ["1.7", "12", "0.050"]


def test_a_compact_number_has_no_needless_zeros():
    assert [compact(each) for each in (1.4, 2.0, 0.0512, 99.96, 20_200.4)] == [
        "1.4",
        "2",
        "0.0512",
        "100",
        "20,200",
    ]


def test_an_interval_stands_in_what_is_put_around_it_and_none_leaves_nothing():
    assert interval(KNOWN, ".2f") == "1.28 to 1.53"
    assert interval(KNOWN, "+.1f", "95 %: {}, ") == "95 %: +1.3 to +1.5, "
    assert interval(KNOWN, lambda end: f"<{end:.0f}>") == "<1> to <2>"
    assert interval(FEW, ".2f", "95 %: {}, ") == ""


def test_a_number_stands_with_its_interval_if_it_has_one_and_a_missing_one_is_a_dash():
    assert with_interval(KNOWN, significant, " %", mark="**") == "**1.40 %** (1.28 to 1.53)"
    assert with_interval(FEW, ".1f", " s") == "3.7 s"
    assert with_interval(UNKNOWN, significant, " %", mark="**") == "–"
    assert with_interval(UNKNOWN, "g", nothing="--") == "--"
    assert with_interval(Estimate(0.9, (0.851, 0.934)).times(100), ".1f", " %") == "90.0 % (85.1 to 93.4)"


def test_a_number_that_is_not_known_is_told_as_the_caller_wants():
    assert written(0.25, ".0%", "none") == "25%"
    assert written(NAN, ".0%", "none") == "none"


@pytest.mark.parametrize(
    ("p", "number", "with_name"),
    [
        (0.0441, "0.044", "p = 0.044"),
        (1.0, "1", "p = 1"),
        (0.0, "< 0.001", "p < 0.001"),
        (NAN, "unknown", "p unknown"),
    ],
)
def test_p_values_are_never_zero(p, number, with_name):
    assert p_number(p) == number
    assert p_value(p) == with_name


def test_shares_have_a_space_before_the_percent_sign():
    assert (percent(0.483), percent(1.0, 1)) == ("48 %", "100.0 %")
    assert percents(0.0345, 0.336, 1) == "3.5 to 33.6 %"


@pytest.mark.parametrize(
    ("value", "digits", "said"),
    [(4.2, 0, "+4"), (-1.44, 1, "−1.4"), (-0.04, 1, "0.0"), (0.0, 0, "0"), (2.08, 2, "+2.08")],
)
def test_differences_have_a_sign_but_for_nothing(value, digits, said):
    assert signed(value, digits) == said


def test_a_spread_has_two_ends_only_where_they_look_different():
    assert spread([1000, 900, 950]) == "900 to 1,000"
    assert spread([20, 20]) == "20"
    assert spread([5.9, 6.1], ".0f") == "6"


def test_a_minus_sign_is_a_real_one():
    assert [decimal(-1.234), decimal(1.25, 1)] == ["−1.23", "1.2"]


def test_nouns_have_their_number():
    assert [counted(1, "pixel"), counted(0, "pixel"), counted(1024, "pixel")] == [
        "1 pixel",
        "0 pixels",
        "1,024 pixels",
    ]
    assert [listed(words) for words in ("a", "ab", "abc")] == ["a", "a and b", "a, b and c"]


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.4, "0 s"), (119, "119 s"), (130, "2 min"), (7100, "118 min"), (9000, "2.5 h")]
)
def test_a_duration_has_the_unit_that_suits_it(seconds, text):
    assert duration(seconds) == text
