import math

import numpy as np
import pytest

from sparsefool.analysis.enrichment import corrected, enrichment_of
from sparsefool.backend.drawn_parts import measure_parts

SIZE = (12, 12)


def mask(top, left, bottom, right):
    made = np.zeros(SIZE, dtype=bool)
    made[top:bottom, left:right] = True
    return made


OBJECT, HEAD = mask(1, 1, 11, 11), mask(1, 1, 6, 5)


def scattered(seed, count=10):
    made = np.zeros(SIZE, dtype=bool)
    made.flat[np.random.default_rng(seed).choice(made.size, count, replace=False)] = True
    return made


def test_the_head_is_measured_by_the_object_and_the_object_by_the_image():
    changed = [scattered(seed) for seed in range(6)]
    whole, head = measure_parts([{"object": OBJECT, "head": HEAD}] * 6, changed)
    weights, group = np.stack(changed).astype(float), np.arange(6)
    everything = np.ones_like(weights, dtype=bool)
    objects, heads = (np.broadcast_to(each, weights.shape) for each in (OBJECT, HEAD))
    expected = corrected(
        [
            enrichment_of("object", weights, objects, everything, group),
            enrichment_of("head", weights, heads, objects, group),
        ]
    )
    for measure, found in zip((whole, head), expected, strict=True):
        assert (measure.n, measure.part) == (6, found.part)
        assert measure.found.random == found.random
        assert measure.enrichment.value == pytest.approx(found.of_object.value)
    assert (whole.of, head.of) == ("image", "object")
    assert head.inside == sum((each & HEAD).sum() for each in changed)
    assert head.total == sum((each & OBJECT).sum() for each in changed)


def test_without_an_object_the_image_is_the_measure():
    (head,) = measure_parts([{"head": HEAD}], [HEAD & scattered(0, 100)])
    assert head.of == "image"
    assert head.enrichment.value == pytest.approx(144 / 20)
    assert head.found.random.p < 0.01
    assert math.isnan(head.enrichment.interval[0])


def test_what_of_a_part_lies_beyond_the_object_does_not_count():
    changed = mask(0, 0, 3, 3)
    _, head = measure_parts([{"object": OBJECT, "head": mask(0, 0, 6, 5)}], [changed])
    assert (head.inside, head.total) == (4, 4)


def test_a_part_where_nothing_can_count_has_no_pictures():
    beside, empty = measure_parts([{"object": mask(0, 0, 2, 2), "x": mask(5, 5, 7, 7)}], [mask(9, 9, 12, 12)])
    assert (beside.inside, beside.n) == (0, 1)
    assert empty.n == 0
    assert math.isnan(empty.found.random.p)


def test_a_run_that_changed_nothing_has_nothing_to_measure():
    (head,) = measure_parts([{"head": HEAD}], [np.zeros(SIZE, dtype=bool)])
    assert head.n == 0


def test_there_are_no_measures_without_parts():
    assert measure_parts([], []) == ()
