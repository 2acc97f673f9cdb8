import pandas as pd

from sparsefool.analysis.pareto import GridPoint, grid_points, pareto_front
from tests.analysis.attack_rows import make_rows


def point(pixels, change, fooled=1, n=1):
    return GridPoint(1.0, change, n, fooled, pixels, pixels / 10, change)


def test_the_front_holds_what_nothing_beats():
    few, between, faint = point(10, 255.0), point(40, 100.0), point(90, 50.0)
    worse, failed = point(50, 200.0), point(1, 1.0, fooled=0)
    assert pareto_front([few, worse, faint, failed, between]) == [faint, between, few]


def test_fooling_more_images_is_worth_more_pixels():
    sure, sparse = point(40, 100.0, fooled=10, n=10), point(20, 100.0, fooled=4, n=10)
    assert pareto_front([sure, sparse]) == [sparse, sure]
    assert pareto_front([sure, point(40, 100.0, fooled=9, n=10)]) == [sure]


def test_of_equal_points_one_is_enough_and_float_noise_makes_no_difference():
    assert len(pareto_front([point(10, 100.0), point(10, 99.99999)])) == 1
    assert pareto_front([point(1, 1.0, fooled=0)]) == []


def test_points_sum_up_the_images_of_a_pair():
    rows = []
    for delta, successes, pixels in ((50.0, [True, False], [30, 99]), (255.0, [True, True], [10, 20])):
        part = make_rows(successes, pixels).assign(lambda_=3.0, delta=delta, max_change=delta)
        rows.append(part)
    small, large = grid_points(pd.concat(rows))
    assert (small.n, small.fooled, small.pixels, small.max_change) == (2, 1, 30, 50)
    assert (large.fooled, large.pixels, large.percent) == (2, 15, 1.5)
