import numpy as np
import pytest
from scipy.stats import kstest

from sparsefool.analysis.findings.fooling_classes import ANY, find_fooling_classes, pair_maps
from sparsefool.analysis.findings.fooling_parts import ABOVE, above, find_fooling_parts
from tests.analysis.findings.made_attacks import VGG19, animal, attack_rows, box, random_masks

AIRPLANE, BIRD, CAT, DEER = 0, 2, 3, 4
LEFT, RIGHT = box(0, 0, 16, 32), box(16, 0, 32, 32)


def finding(found, original, fooling):
    (one,) = [each for each in found if (each.original, each.fooling) == (original, fooling)]
    return one


def test_a_class_whose_fooling_class_decides_the_side_is_found():
    rng = np.random.default_rng(0)
    masks = np.concatenate([random_masks(rng, 12, inside=LEFT), random_masks(rng, 12, inside=RIGHT)])
    found = find_fooling_classes(attack_rows(masks, BIRD, np.repeat([AIRPLANE, CAT], 12)), VGG19, draws=200)
    assert {(each.original, each.fooling) for each in found} == {
        (BIRD, ANY), (BIRD, AIRPLANE), (BIRD, CAT), (ANY, AIRPLANE), (ANY, CAT),
    }  # fmt: skip
    class_ = finding(found, BIRD, ANY)
    assert (class_.n, class_.p) == (24, pytest.approx(1 / 201))
    assert class_.effect > 3 * class_.chance
    pair = finding(found, BIRD, AIRPLANE)
    assert (pair.n, pair.others) == (12, 12)
    assert pair.effect > 0.8
    assert pair.effect > pair.chance + 0.4
    assert pair.p_corrected == pytest.approx(2 * pair.p), "Holm: two pairs"


def test_a_difference_between_original_classes_is_none_between_fooling_classes():
    rng = np.random.default_rng(1)
    masks = np.concatenate([random_masks(rng, 20, inside=LEFT), random_masks(rng, 20, inside=RIGHT)])
    fooling = np.concatenate([np.repeat([AIRPLANE, DEER], [15, 5]), np.repeat([AIRPLANE, DEER], [5, 15])])
    found = find_fooling_classes(attack_rows(masks, np.repeat([BIRD, CAT], 20), fooling), VGG19, draws=200)
    assert finding(found, ANY, DEER).p > 0.05
    assert finding(found, ANY, DEER).n == 20


def test_p_values_are_uniform_where_places_are_random():
    p = []
    for seed in range(150):
        rng = np.random.default_rng(seed)
        rows = attack_rows(random_masks(rng, 12), BIRD, np.repeat([AIRPLANE, CAT], 6))
        p.append(finding(find_fooling_classes(rows, VGG19, draws=99, seed=seed), BIRD, ANY).p)
    assert kstest(p, "uniform").pvalue > 0.01


def test_the_images_of_a_pair_come_with_the_clearest_first():
    rng = np.random.default_rng(2)
    masks = np.concatenate(
        [
            random_masks(rng, 5, inside=LEFT),
            random_masks(rng, 1, inside=RIGHT),
            random_masks(rng, 6, inside=RIGHT),
        ]
    )
    maps = pair_maps(attack_rows(masks, BIRD, np.repeat([AIRPLANE, CAT], 6)), VGG19, BIRD, AIRPLANE)
    assert maps.images[-1] == 5, "it looks like those that lead elsewhere"
    assert maps.density.sum() == pytest.approx(1)
    assert maps.density[LEFT].sum() > 0.75
    assert maps.others[RIGHT].sum() > 0.9


def test_perturbations_that_lead_to_deer_lie_where_antlers_would_be():
    rng = np.random.default_rng(3)
    antlers = box(6, 4, 12, 10)
    masks = np.concatenate(
        [random_masks(rng, 12, inside=antlers), random_masks(rng, 20, inside=box(12, 16, 26, 26))]
    )
    rows = attack_rows(masks, np.tile([BIRD, CAT], 16), np.repeat([DEER, AIRPLANE], [12, 20]))
    found = find_fooling_parts(rows, VGG19, [animal(image) for image in range(32)], draws=200)
    (one,) = [each for each in found if (each.fooling, each.part) == (DEER, ABOVE)]
    assert (one.original, one.n, one.others) == (ANY, 12, 20)
    assert (one.share, one.others_share, one.gain.value) == pytest.approx((1, 0, 1))
    assert one.p < 0.02
    (body,) = [each for each in found if (each.fooling, each.part) == (DEER, "object")]
    assert body.gain.value == pytest.approx(-1)


def test_what_is_above_the_head_is_in_the_picture_and_not_on_the_object():
    assert (above(box(6, 10, 12, 16), box(6, 10, 26, 26)) == box(6, 4, 12, 10)).all()
    assert (above(box(6, 3, 12, 16), box(6, 3, 12, 16)) == box(6, 0, 12, 3)).all()
    assert not above(box(6, 10, 12, 16), box(0, 0, 32, 32)).any()
    assert not above(np.zeros((32, 32), dtype=bool), box(0, 0, 9, 9)).any()
