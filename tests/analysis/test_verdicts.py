import math

import pandas as pd
import pytest
from scipy.stats import binomtest

from sparsefool.analysis.statistics import Estimate
from sparsefool.analysis.verdicts import by_interval, in_words, paired_verdicts


@pytest.mark.parametrize(
    ("interval", "verdict", "words"),
    [
        ((0.01, 0.2), True, "holds"),
        ((-0.2, -0.01), False, "does not hold"),
        ((-0.2, 0.0), False, "does not hold"),
        ((-0.01, 0.2), None, "cannot be told with n = 1,234"),
        ((0.0, 0.2), None, "cannot be told with n = 1,234"),
        ((math.nan, math.nan), None, "cannot be told with n = 1,234"),
    ],
)
def test_the_interval_decides_and_not_the_point(interval, verdict, words):
    assert by_interval(Estimate(0.1, interval)) is verdict
    assert in_words(verdict, 1234) == words


def outcomes(both, first, second, neither=20):
    """Return the outcomes of images of which so many had both, only the first, only the second, neither."""
    one = [True] * (both + first) + [False] * (second + neither)
    other = [True] * both + [False] * first + [True] * second + [False] * neither
    return pd.Series(one), pd.Series(other)


def test_only_the_images_count_on_which_the_two_differ():
    assert binomtest(7, 7).pvalue < 0.05 < binomtest(7, 9).pvalue
    assert paired_verdicts([outcomes(100, 7, 0)]) == [True]
    assert paired_verdicts([outcomes(0, 0, 7)]) == [False]
    assert paired_verdicts([outcomes(0, 7, 2)]) == [None]
    assert paired_verdicts([outcomes(9, 0, 0), outcomes(0, 0, 0, 0)]) == [None, None]
    assert paired_verdicts([]) == []


def test_of_several_tests_each_must_be_clearer():
    once = outcomes(0, 7, 0)
    assert 3 * binomtest(7, 7).pvalue < 0.05 < 4 * binomtest(7, 7).pvalue
    assert paired_verdicts([once] + [outcomes(5, 0, 0)] * 2) == [True, None, None]
    assert paired_verdicts([once] + [outcomes(5, 0, 0)] * 3) == [None] * 4
