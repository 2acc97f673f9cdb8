import numpy as np
import pytest

from sparsefool.analysis.findings.parts import find_parts
from sparsefool.analysis.findings.robustness import (
    FIRST,
    GROWN,
    SECOND,
    SHRUNK,
    find_variants,
)
from sparsefool.experiments.pixel_masks import resized
from tests.analysis.findings.made_attacks import VGG19, animal, attack_rows, box, random_masks


def test_masks_are_resized_by_one_pixel_all_around_and_go_on_beyond_the_edge():
    masks = np.stack([box(6, 10, 12, 16), box(0, 0, 5, 5), box(3, 3, 5, 4)])
    grown, shrunk = resized(masks, 1), resized(masks, -1)
    assert (grown == np.stack([box(5, 9, 13, 17), box(0, 0, 6, 6), box(2, 2, 6, 5)])).all()
    assert (shrunk[:2] == np.stack([box(7, 11, 11, 15), box(0, 0, 4, 4)])).all()
    assert not shrunk[2].any()


def test_findings_on_resized_parts_are_those_on_larger_and_smaller_ones():
    masks = random_masks(np.random.default_rng(0), 20, pixels=6, inside=box(8, 12, 10, 15))
    annotations = [animal(1000 + image) for image in range(20)]
    rows = attack_rows(masks, 2, 0, images=range(1000, 1020))
    (base,) = [
        each
        for each in find_parts(rows, VGG19, "lambda-3", annotations, "animals", weighted=False)
        if each.found.part == "head"
    ]
    variants = find_variants(rows, VGG19, "lambda-3", annotations)
    found = {name: {(e.kind, e.found.part): e for e in variants[name]} for name in (GROWN, SHRUNK)}
    grown, shrunk = (found[name]["animals", "head"] for name in (GROWN, SHRUNK))
    assert base.found.of_object.value == pytest.approx(20 * 16 / 36)
    assert grown.found.of_object.value == pytest.approx(22 * 18 / 64)
    assert shrunk.found.of_object.value == pytest.approx(18 * 14 / 16)
    low, high = base.found.of_object.interval
    ends = (grown.found.of_object.value, shrunk.found.of_object.value)
    assert (low, high) == pytest.approx(ends), "its interval is over the outlines too"
    assert not variants[FIRST], "none of these pictures was annotated twice"
    assert not variants[SECOND]
