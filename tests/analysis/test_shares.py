import math

import numpy as np
import pytest

from sparsefool.analysis.shares import known
from sparsefool.analysis.statistics import estimate_mean
from sparsefool.experiments.pixel_masks import (
    central_pixels,
    highlighted_pixels,
    maps_of_next,
    share_inside,
    top_pixels,
)


def test_the_top_pixels_are_the_largest_and_as_many_as_asked():
    values = np.arange(20.0).reshape(4, 5)
    assert np.flatnonzero(top_pixels(values)).tolist() == [16, 17, 18, 19]
    assert top_pixels(np.random.default_rng(0).random((28, 28))).sum() == round(0.2 * 784)


def test_a_flat_map_prefers_no_place():
    part = top_pixels(np.zeros((40, 40)))
    assert part.sum() == 320
    halves = part[:20].sum(), part[:, :20].sum()
    assert all(120 < half < 200 for half in halves)


def test_the_central_pixels_are_a_disc_around_the_middle():
    part = central_pixels((28, 28))
    assert part.sum() == 157
    rows, columns = part.nonzero()
    assert rows.mean() == pytest.approx(13.5, abs=0.1)
    assert np.hypot(rows - 13.5, columns - 13.5).max() < math.sqrt(157 / math.pi) + 1
    assert part[13, 13]
    assert not part[0].any()


def test_the_share_inside_counts_changed_pixels():
    changed = np.zeros((4, 5), dtype=bool)
    changed[0, :4] = True
    part = np.zeros((4, 5), dtype=bool)
    part[:, 0] = True
    assert share_inside(changed, part) == 1 / 4
    assert math.isnan(share_inside(part & ~part, part))


def test_random_pixels_lie_inside_as_often_as_the_part_is_large():
    rng = np.random.default_rng(2)
    part = central_pixels((32, 32))
    shares = [share_inside(top_pixels(rng.random((32, 32)), 0.02), part) for _ in range(400)]
    low, high = estimate_mean(shares).interval
    assert low < part.mean() < high
    assert high - low < 0.05


def test_a_map_that_is_zero_highlights_nothing_and_has_no_share():
    nothing = highlighted_pixels(np.zeros((8, 8)))
    assert not nothing.any()
    assert math.isnan(share_inside(np.ones((8, 8), dtype=bool), nothing))
    some = np.zeros((8, 8))
    some[:2] = 1.0
    assert (highlighted_pixels(some) == top_pixels(some)).all()
    assert known([0.5, math.nan, 0.0]) == (0.5, 0.0)


def test_the_map_elsewhere_is_the_next_images_and_a_single_image_has_none():
    maps = np.eye(3, dtype=bool)[:, None]
    assert (maps_of_next(maps) == maps[[1, 2, 0]]).all()
    (alone,) = maps_of_next(maps[:1])
    assert not alone.any()
    assert math.isnan(share_inside(maps[0], alone))
