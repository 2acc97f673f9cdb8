import math

import numpy as np
import pytest
from scipy.stats import kstest

from sparsefool.analysis import enrichment
from sparsefool.analysis.enrichment import corrected, enrichment_of, two_sided
from sparsefool.data.annotations import Annotation

SIZE = (16, 16)
OBJECT = np.zeros(SIZE, dtype=bool)
OBJECT[2:14, 2:14] = True
HEAD = np.zeros(SIZE, dtype=bool)
HEAD[2:6, 2:8] = True


def placed(rng, n, changed, on_head):
    """Return n perturbations of so many pixels of the object, of which so many lie on the head."""
    weights = np.zeros((n, *SIZE))
    rest = np.flatnonzero(OBJECT & ~HEAD)
    for weight in weights:
        weight.flat[rng.choice(np.flatnonzero(HEAD), on_head, replace=False)] = 1
        weight.flat[rng.choice(rest, changed - on_head, replace=False)] = 1
    return weights


def anywhere_on_the_object(rng, n, changed):
    weights = np.zeros((n, *SIZE))
    for weight in weights:
        weight.flat[rng.choice(np.flatnonzero(OBJECT), changed, replace=False)] = 1
    return weights


def measured(weights, part=HEAD, whole=OBJECT, groups=None):
    n = len(weights)
    parts, objects = np.broadcast_to(part, (n, *SIZE)), np.broadcast_to(whole, (n, *SIZE))
    return enrichment_of("head", weights, parts, objects, np.zeros(n, int) if groups is None else groups)


def test_perturbations_on_the_head_give_what_was_put_in():
    found = measured(placed(np.random.default_rng(0), 20, changed=10, on_head=5))
    assert found.n == 20
    assert found.share == pytest.approx(0.5)
    assert found.area == pytest.approx(24 / 144)
    assert found.of_object.value == pytest.approx(0.5 / (24 / 144))
    assert found.of_image.value == pytest.approx(0.5 / (24 / 256))
    assert found.random.p < 0.001
    assert found.random.gain.value == pytest.approx(0.5 - 24 / 144)


def test_random_perturbations_give_enrichment_1_and_uniform_p_values(monkeypatch):
    monkeypatch.setattr(enrichment, "DRAWS", 200)
    rng = np.random.default_rng(1)
    objects = np.broadcast_to(OBJECT, (6, *SIZE))
    found = []
    for _ in range(1000):
        heads = np.zeros((6, *SIZE), dtype=bool)
        for head in heads:  # of many sizes, so that the statistic takes many values
            head[2 : 2 + rng.integers(3, 10), 2 : 2 + rng.integers(3, 10)] = True
        weights = anywhere_on_the_object(rng, 6, changed=5)
        found.append(enrichment_of("head", weights, heads, objects, np.zeros(6, int)))
    values = [each.of_object.value for each in found]
    assert np.mean(values) == pytest.approx(1, abs=3 * np.std(values) / math.sqrt(1000))
    p = np.array([each.random.p for each in found])
    assert 0.03 < np.mean(p < 0.05) < 0.07
    assert kstest(p, "uniform").pvalue > 0.01


def test_the_perturbations_of_other_images_explain_a_habit_but_not_a_preference():
    rng = np.random.default_rng(2)
    habit = np.repeat(placed(rng, 1, changed=10, on_head=8), 12, 0)
    assert measured(habit).others.p == 1
    assert measured(habit).others.gain.value == pytest.approx(0)
    heads = [np.roll(HEAD, shift, (0, 1)) for shift in ((0, 0), (0, 6), (7, 0), (7, 6)) * 3]
    weights = np.stack([head.astype(float) for head in heads])
    groups = np.repeat([0, 1, 2], 4)
    objects = np.broadcast_to(OBJECT, weights.shape)
    found = enrichment_of("head", weights, np.stack(heads), objects, groups)
    assert found.others.p < 0.01
    assert found.others.gain.value > 0.8


def test_an_image_that_is_alone_in_its_class_has_no_other_to_compare_with():
    found = measured(placed(np.random.default_rng(3), 4, 6, 3), groups=np.array([0, 0, 0, 1]))
    assert (found.n, found.others.n) == (4, 3)


def test_a_part_in_the_middle_is_no_more_than_its_disc():
    middle = np.zeros(SIZE, dtype=bool)
    middle[6:10, 6:10] = True
    weights = np.stack([middle.astype(float)] * 12)
    found = measured(weights, part=middle)
    assert found.of_object.value > 5
    assert abs(found.centre.gain.value) < 0.3


def test_p_values_against_other_images_and_the_disc_are_uniform_where_places_are_random(monkeypatch):
    monkeypatch.setattr(enrichment, "DRAWS", 99)
    rng = np.random.default_rng(8)
    everywhere = np.ones((8, *SIZE), dtype=bool)
    found = []
    for _ in range(300):
        heads = np.zeros((8, *SIZE), dtype=bool)
        for head in heads:
            top, left = rng.integers(0, 8, 2)
            head[top : top + rng.integers(4, 8), left : left + rng.integers(4, 8)] = True
        weights = np.zeros((8, *SIZE))
        for weight in weights:
            weight.flat[rng.choice(weight.size, 20, replace=False)] = 1
        found.append(enrichment_of("head", weights, heads, everywhere, np.repeat([0, 1], 4)))
    for name in ("others", "centre"):
        p = [getattr(each, name).p for each in found]
        assert kstest(p, "uniform").pvalue > 0.01, name


def test_parts_that_overlap_are_each_measured_whole():
    weights = placed(np.random.default_rng(9), 12, changed=10, on_head=5)
    eyes = np.zeros(SIZE, dtype=bool)
    eyes[3:5, 3:7] = True
    of_head, of_both = measured(weights), measured(weights, part=HEAD | eyes)
    assert of_head.share == of_both.share == pytest.approx(0.5)
    on_eyes = (weights * eyes).sum((1, 2)).mean() / 10
    assert measured(weights, part=eyes).share == pytest.approx(on_eyes)


def test_a_part_outside_the_picture_or_the_object_is_none():
    weights = placed(np.random.default_rng(10), 12, changed=10, on_head=5)
    outside = Annotation("mine", 0, SIZE, {"head": (((20, 20), (30, 20), (30, 30)),)})
    assert measured(weights, part=outside.mask("head")).n == 0
    assert measured(weights, part=~OBJECT).n == 0


def test_weights_count_by_their_size():
    weights = np.zeros((12, *SIZE))
    weights[:, 3, 3], weights[:, 10, 10] = 3.0, 1.0
    assert measured(weights).share == pytest.approx(0.75)


def test_images_without_a_head_an_object_or_a_perturbation_are_left_out():
    weights = placed(np.random.default_rng(4), 4, 6, 3)
    weights[1] = 0
    parts, objects = np.stack([HEAD] * 4), np.stack([OBJECT] * 4)
    parts[2], objects[3] = False, False
    found = enrichment_of("head", weights, parts, objects, np.zeros(4, int))
    assert found.n == 1
    nothing = enrichment_of("head", weights[:0], parts[:0], objects[:0], np.zeros(0, int))
    assert nothing.n == 0
    assert math.isnan(nothing.of_object.value)
    assert math.isnan(nothing.random.p)


def test_what_of_a_part_lies_outside_the_object_does_not_count():
    outside = HEAD.copy()
    outside[0:2] = True
    weights = placed(np.random.default_rng(5), 12, 6, 3)
    weights[:, 0, 0] = 1
    assert measured(weights, part=outside).share == pytest.approx(0.5)


def test_a_part_of_one_pixel_is_measured():
    one = np.zeros(SIZE, dtype=bool)
    one[4, 4] = True
    weights = np.stack([one.astype(float)] * 12)
    assert measured(weights, part=one).of_object.value == pytest.approx(144)


def test_p_values_are_corrected_for_the_number_of_parts():
    weights = placed(np.random.default_rng(6), 12, 10, 3)
    found = [measured(weights), measured(weights, part=np.roll(HEAD, 5, 0))]
    both = corrected(found)
    assert all(new.random.p >= old.random.p for new, old in zip(both, found, strict=True))
    assert both[0].random.p == pytest.approx(min(1, 2 * min(each.random.p for each in found)), abs=1e-9) or (
        both[0].random.p == pytest.approx(max(each.random.p for each in found))
    )


def test_a_p_value_is_never_0_nor_above_1():
    assert two_sided(9.0, np.zeros(99)) == pytest.approx(0.02)
    assert two_sided(0.0, np.zeros(99)) == 1
    assert two_sided(1.0, np.array([0.0, 1.0, 1.0, 2.0])) == 1


def test_many_equal_weights_are_counted_as_if_they_were_shuffled(monkeypatch):
    weights = anywhere_on_the_object(np.random.default_rng(3), 4, 30)
    shuffled = measured(weights).random.p
    monkeypatch.setattr(enrichment, "MOST_SHUFFLED", 10)
    assert measured(weights).random.p == pytest.approx(shuffled, abs=0.05)


def test_weights_that_are_shuffled_in_parts_give_the_same(monkeypatch):
    weights = anywhere_on_the_object(np.random.default_rng(4), 3, 20) * np.linspace(1, 2, 256).reshape(SIZE)
    whole = measured(weights).random
    monkeypatch.setattr(enrichment, "MOST_AT_ONCE", 1_000)
    assert measured(weights).random == whole


def test_the_enrichment_of_each_image_has_the_mean_of_them_all():
    weights = anywhere_on_the_object(np.random.default_rng(5), 12, 9)
    weights[3] = 0
    parts, objects = np.broadcast_to(HEAD, weights.shape), np.broadcast_to(OBJECT, weights.shape)
    each = enrichment.enrichment_of_each(weights, parts, objects)
    assert np.flatnonzero(np.isnan(each)).tolist() == [3]
    assert np.nanmean(each) == pytest.approx(measured(weights).of_object.value)
