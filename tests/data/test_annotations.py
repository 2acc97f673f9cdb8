import json
import math

import numpy as np
import pytest

from sparsefool.data.annotations import OBJECT, inside_polygon, intersection_over_union, read_annotations
from sparsefool.data.samples import load_samples
from sparsefool.data.specs import class_names
from sparsefool.errors import DataError
from sparsefool.paths import ASSETS

GOOD = {
    "dataset": "cifar10",
    "image": 7,
    "size": [8, 10],
    "class": "bird",
    "parts": {"object": [[1, 1, 9, 7]], "head": [[[1, 1], [5, 1], [5, 4], [1, 4]], [6, 1, 8, 2]]},
    "by": "somebody",
    "on": "2026-11-28",
}


def written(path, *lines):
    path.write_text("\n".join(each if isinstance(each, str) else json.dumps(each) for each in lines))
    return path


def test_a_file_is_read_with_boxes_and_polygons(tmp_path):
    (found,) = read_annotations(written(tmp_path / "a.jsonl", GOOD, ""))
    assert (found.dataset, found.image, found.size, found.class_name) == ("cifar10", 7, (8, 10), "bird")
    assert found.mask("object").sum() == 8 * 6
    head = np.zeros((8, 10), dtype=bool)
    head[1:4, 1:5] = True
    head[1, 6:8] = True
    assert (found.mask("head") == head).all()
    assert not found.mask("tail").any()


@pytest.mark.parametrize("seed", range(5))
def test_a_triangle_holds_the_pixels_whose_centre_is_on_the_inner_side_of_its_edges(seed):
    corners = np.random.default_rng(seed).uniform(-3, 15, (3, 2))
    found = inside_polygon(tuple(map(tuple, corners)), (12, 12))
    for y in range(12):
        for x in range(12):
            sides = [
                (b[0] - a[0]) * (y + 0.5 - a[1]) - (b[1] - a[1]) * (x + 0.5 - a[0])
                for a, b in zip(corners, np.roll(corners, -1, 0), strict=True)
            ]
            assert found[y, x] == (min(sides) > 0 or max(sides) < 0)


def test_a_polygon_outside_the_picture_holds_nothing():
    assert not inside_polygon(((20, 20), (30, 20), (30, 30)), (8, 8)).any()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"size": [0, 8]}, "size must be height and width"),
        ({"image": -1}, "image must be a number"),
        ({"image": True}, "image must be a number"),
        ({"parts": {}}, "at least one part"),
        ({"parts": {"head": []}}, "leave out a part"),
        ({"parts": {"head": [[5, 1, 2, 4]]}}, "left, top, right, bottom"),
        ({"parts": {"head": [[[1, 1], [2, 2]]]}}, "boxes of four numbers or polygons"),
        ({"parts": {"head": [["a", 1, 2, 3]]}}, "boxes of four numbers or polygons"),
        ({"dataset": ""}, "dataset must be text"),
        ({"by": 3}, "by must be text"),
    ],
)
def test_what_is_wrong_is_named_with_its_line(tmp_path, change, message):
    with pytest.raises(DataError, match=rf"Line 2 of a.jsonl: .*{message}"):
        read_annotations(written(tmp_path / "a.jsonl", {**GOOD, "image": 1}, {**GOOD, **change}))


@pytest.mark.parametrize("line", ["{", "[1]", '{"dataset": "cifar10"}', '{"a": NaN}'])
def test_a_line_that_is_no_annotation_is_named(tmp_path, line):
    with pytest.raises(DataError, match=r"Line 1 of a\.jsonl"):
        read_annotations(written(tmp_path / "a.jsonl", line))


def test_a_picture_that_comes_twice_is_refused(tmp_path):
    with pytest.raises(DataError, match="picture 7 of cifar10 comes twice"):
        read_annotations(written(tmp_path / "a.jsonl", GOOD, GOOD))


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(DataError, match=r"no\.jsonl cannot be read"):
        read_annotations(tmp_path / "no.jsonl")


def test_agreement_is_the_intersection_over_the_union():
    one, other = np.zeros((4, 4), dtype=bool), np.zeros((4, 4), dtype=bool)
    assert math.isnan(intersection_over_union(one, other))
    one[0], other[0, :2], other[1, 0] = True, True, True
    assert intersection_over_union(one, other) == pytest.approx(2 / 5)


@pytest.mark.parametrize(
    "path", sorted((ASSETS / "annotations").glob("cifar10-*.jsonl")), ids=lambda path: path.stem
)
def test_the_shipped_annotations_are_of_test_images_and_say_who_made_them(path):
    labels, names = load_samples("cifar10", (32, 32)).labels, class_names("cifar10")
    annotations = read_annotations(path)
    assert len(annotations) >= 60
    for each in annotations:
        assert (each.dataset, each.size) == ("cifar10", (32, 32))
        assert each.class_name == names[int(labels[each.image])]
        assert each.mask(OBJECT).any()
        assert all(each.mask(part).any() for part in each.parts)
        assert all((each.by, each.on, each.how))


@pytest.mark.parametrize(("name", "pictures"), [("imagenet-samples", 19), ("imagenet-validation-200", 80)])
def test_the_shipped_annotations_of_photographs_hold_pixels_in_every_part(name, pictures):
    annotations = read_annotations(ASSETS / "annotations" / f"{name}.jsonl")
    assert len(annotations) == pictures
    for each in annotations:
        assert each.size == (224, 224)
        assert each.mask(OBJECT).any()
        assert all(each.mask(part).any() for part in each.parts)
