import pytest

from sparsefool.view.shared.wording import (
    answered,
    day,
    device_words,
    glued,
    is_plural,
    with_article,
)


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
        ([None, None], "It cannot be told for either pair"),
        ([None] * 3, "It cannot be told for any of the 3 pairs"),
        ([False, False], "No for both pairs"),
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


def test_the_names_of_several_things_are_told_from_those_of_one():
    assert [is_plural(part) for part in ("eyes", "wings", "head", "glass")] == [True, True, False, False]
