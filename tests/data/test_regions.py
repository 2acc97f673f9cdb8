import base64
import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from sparsefool.data.pictures import Picture
from sparsefool.data.regions import LONGEST_TEXT, Region, lasso, mask_region, parse_region, rectangle
from sparsefool.errors import ParameterError

SIZE = (6, 9)


@given(arrays.arrays(bool, st.tuples(st.integers(1, 12), st.integers(1, 12))))
def test_text_reads_back_as_the_same_region(mask):
    region = Region(mask)
    again = parse_region(region.text(), region.size)
    assert np.array_equal(again.mask, mask)
    assert again.sha256 == region.sha256


def test_a_rectangle_is_written_as_its_corners():
    region = parse_region(" 1, 2,3 ,4 ", SIZE)
    assert region.text() == "1,2,3,4"
    assert region.pixels == 9
    assert region.share == pytest.approx(9 / 54)
    assert region.mask[1:4, 2:5].all()
    assert rectangle((5, 8, 5, 8), SIZE).pixels == 1


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("0,0,6,8", "rows 0 to 5 and columns 0 to 8"),
        ("3,0,2,8", "the smaller first; rows 3 to 2"),
        ("-1,0,2,2", "is no region"),
        ("head", "'head' is no region"),
        ("6x9:!!", "is no region"),
        ("6x9:AAAA", "damaged"),
        (
            "9x6:" + Region(np.eye(9, 6, dtype=bool)).text().partition(":")[2],
            "9 x 6 pixels large, the picture 6 x 9",
        ),
        ("1" * (LONGEST_TEXT + 1), "at most 4,000 characters"),
    ],
)
def test_unusable_text_is_refused(text, message):
    with pytest.raises(ParameterError, match=message):
        parse_region(text, SIZE)


def test_a_code_that_unpacks_to_much_more_than_the_picture_is_refused():
    bomb = base64.urlsafe_b64encode(zlib.compress(bytes(1_000_000), 9)).decode().rstrip("=")
    with pytest.raises(ParameterError, match="does not fit its size"):
        parse_region(f"6x9:{bomb}", SIZE)


def test_inverting_swaps_inside_and_outside():
    region = rectangle((0, 0, 1, 1), SIZE)
    assert region.inverted().pixels == 54 - 4
    assert not (region.mask & region.inverted().mask).any()


def test_a_region_is_not_changed_by_its_callers_array():
    mask = np.zeros(SIZE, dtype=bool)
    region = Region(mask)
    mask[:] = True
    assert region.pixels == 0


def test_a_mask_image_is_white_inside():
    region = rectangle((1, 1, 2, 3), SIZE)
    assert mask_region(region.picture(), SIZE).sha256 == region.sha256
    coloured = Picture(np.repeat(region.picture().pixels, 3, axis=2), "rgb.png")
    assert mask_region(coloured, SIZE).sha256 == region.sha256


def test_a_photograph_and_a_mask_of_another_size_are_refused():
    grey = Picture(np.full((*SIZE, 1), 128, np.uint8), "photo.jpg")
    with pytest.raises(ParameterError, match="100 % of the pixels of this picture are neither"):
        mask_region(grey, SIZE)
    with pytest.raises(ParameterError, match=r"6 x 9 pixels large .* sees 9 x 6"):
        mask_region(grey, (9, 6))


def test_a_lasso_holds_the_centres_within_it():
    square = lasso([0.5, 0.5, 3.5, 3.5], [1.5, 4.5, 4.5, 1.5], SIZE)
    assert square.text() == "1,2,3,4"
    triangle = lasso([-0.5, -0.5, 5.5], [-0.5, 5.5, -0.5], (6, 6))
    rows, columns = np.mgrid[0:6, 0:6]
    inside = rows + columns < 5
    assert np.array_equal(triangle.mask, inside)


def test_a_lasso_around_nothing_is_empty_and_one_with_odd_numbers_is_refused():
    assert lasso([0.1, 0.1, 0.3], [0.1, 0.3, 0.3], SIZE).pixels == 0
    assert lasso([], [], SIZE).pixels == 0
    with pytest.raises(ParameterError, match="finite"):
        lasso([0, np.nan], [1, 2], SIZE)
    with pytest.raises(ParameterError, match="finite"):
        lasso([0, 1, 2], [1, 2], SIZE)
