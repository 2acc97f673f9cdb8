import math

import pytest

from sparsefool.view.shared.wording import (
    answered,
    day,
    device_words,
    glued,
    listed,
    p_value,
    percent,
    percents,
    signed,
    with_article,
)


def test_shares_have_a_space_before_the_percent_sign():
    assert (percent(0.483), percent(1.0, 1)) == ("48 %", "100.0 %")
    assert percents(0.0345, 0.336, 1) == "3.5 to 33.6 %"


@pytest.mark.parametrize(
    ("value", "digits", "said"),
    [(4.2, 0, "+4"), (-1.44, 1, "−1.4"), (-0.04, 1, "0.0"), (0.0, 0, "0"), (2.08, 2, "+2.08")],
)
def test_differences_have_a_sign_but_for_nothing(value, digits, said):
    assert signed(value, digits) == said


def test_p_values_are_never_zero():
    assert [p_value(p) for p in (0.0441, 0.0, math.nan)] == ["p = 0.044", "p < 0.001", "p unknown"]


def test_lists_end_with_and():
    assert (listed(["a"]), listed(["a", "b"]), listed(["a", "b", "c"])) == ("a", "a and b", "a, b and c")


def test_numbers_stay_beside_what_they_are_of():
    assert (
        glued("38 % lie there (n = 3, p < 0.02) at λ = 1")
        == "38\u00a0% lie there (n\u00a0=\u00a03, p\u00a0<\u00a00.02) at λ\u00a0=\u00a01"
    )


@pytest.mark.parametrize(
    ("verdicts", "said"),
    [
        ([True] * 6, "Yes for all 6 pairs"),
        ([True, None, True], "Yes for 2 of 3 pairs; it cannot be told for 1"),
        ([None, False, True, True], "Yes for 2 of 4 pairs; no for 1; it cannot be told for 1"),
        ([None, None], "It cannot be told for any of the 2 pairs"),
        ([False, False], "No for all 2 pairs"),
        ([False], "No for the one pair"),
    ],
)
def test_verdicts_on_pairs_are_counted(verdicts, said):
    assert answered(verdicts) == said


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("cat", "a cat"),
        ("airplane", "an airplane"),
        ("Egyptian cat", "an Egyptian cat"),
        ("European fire salamander", "a European fire salamander"),
        ("unicycle", "a unicycle"),
        ("umbrella", "an umbrella"),
        ("hourglass", "an hourglass"),
        ("sunglasses", "sunglasses"),
        ("8", "an 8"),
        ("7", "a 7"),
        ("class 3", "class 3"),
    ],
)
def test_articles(name, said):
    assert with_article(name) == said


def test_days_are_written_out():
    assert day("2026-11-28T09:13:15+00:00") == "28 November 2026"


def test_devices_are_named_in_short():
    assert device_words("AMD EPYC, 1 threads (cpu, 24 GiB)") == "AMD EPYC, 1 thread"
    assert device_words("NVIDIA H100 80GB HBM3 (cuda:0, 79 GiB)") == "NVIDIA H100 80GB HBM3"
