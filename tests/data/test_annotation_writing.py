import json

import numpy as np
import pytest

from sparsefool.data.annotation_writing import annotation_line, boxes_of
from sparsefool.data.annotations import Annotation, box, parse_annotations, read_annotations
from sparsefool.errors import DataError
from sparsefool.paths import ASSETS

TRIANGLE = ((1.25, 1.0), (8.0, 2.0), (3.0, 6.5))
GIVEN = Annotation("cifar10", 7, (8, 10), {"head": (box(1, 2, 5, 4), TRIANGLE)}, "bird", on="2026-11-28")


def test_a_written_annotation_is_read_as_it_was():
    assert parse_annotations(annotation_line(GIVEN), "it") == (GIVEN,)


def test_boxes_are_written_as_boxes_and_what_is_not_known_is_left_out():
    written = json.loads(annotation_line(GIVEN))
    assert written["parts"]["head"] == [[1, 2, 5, 4], [[1.25, 1], [8, 2], [3, 6.5]]]
    assert "by" not in written


@pytest.mark.parametrize("path", sorted((ASSETS / "annotations").glob("*.jsonl")), ids=lambda path: path.name)
def test_the_files_that_ship_come_out_the_same(path):
    found = read_annotations(path)
    assert parse_annotations("\n".join(map(annotation_line, found)), path.name) == found


@pytest.mark.parametrize("seed", range(6))
def test_boxes_hold_the_pixels_of_a_mask_and_no_others(seed):
    mask = np.random.default_rng(seed).random((9, 7)) < seed / 5
    assert (Annotation("x", 0, (9, 7), {"x": boxes_of(mask)}).mask("x") == mask).all()


def test_a_rectangle_is_one_box():
    mask = np.zeros((9, 7), dtype=bool)
    mask[2:5, 1:4] = True
    assert boxes_of(mask) == (box(1, 2, 4, 5),)


def test_a_scaled_annotation_marks_the_same_place():
    pixels = GIVEN.mask("head").repeat(3, 0).repeat(3, 1)
    scaled = GIVEN.scaled((24, 30))
    assert scaled.size == (24, 30)
    only_box = Annotation("x", 0, (8, 10), {"x": (box(1, 2, 5, 4),)})
    assert (only_box.scaled((24, 30)).mask("x") == only_box.mask("x").repeat(3, 0).repeat(3, 1)).all()
    assert scaled.mask("head").mean() == pytest.approx(pixels.mean(), abs=0.02)


def test_another_shape_is_refused():
    with pytest.raises(DataError, match="annotated in 8 x 10 pixels"):
        GIVEN.scaled((16, 16))
