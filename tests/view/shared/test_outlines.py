import numpy as np

from sparsefool.view.shared.picture_rows import outline


def segments(mask):
    x, y = outline(mask)
    assert x[2::3] == y[2::3] == [None] * (len(x) // 3)
    return {((x[i], y[i]), (x[i + 1], y[i + 1])) for i in range(0, len(x), 3)}


def test_the_outline_of_a_rectangle_is_its_four_sides():
    mask = np.zeros((5, 6), dtype=bool)
    mask[1:3, 2:5] = True
    assert segments(mask) == {
        ((1.5, 0.5), (4.5, 0.5)),
        ((1.5, 2.5), (4.5, 2.5)),
        ((1.5, 0.5), (1.5, 2.5)),
        ((4.5, 0.5), (4.5, 2.5)),
    }


def test_the_outline_runs_along_the_border_and_around_holes():
    mask = np.ones((3, 3), dtype=bool)
    assert len(segments(mask)) == 4
    mask[1, 1] = False
    assert len(segments(mask)) == 8


def test_an_empty_region_has_no_outline():
    assert segments(np.zeros((4, 4), dtype=bool)) == set()
