import re
from pathlib import Path

import pandas as pd
import pytest
from scipy.stats import binomtest

from sparsefool.analysis.paper.figures import SAMPLES, TABLE_3
from sparsefool.analysis.transfer_rates import Rate, taken_classes, transfer_matrix
from sparsefool.zoo.specs import find_spec

PAPER = Path(__file__).parents[2].parent / "shared" / "paper.txt"


def row(image, source="a", target="b", becomes=5, **changes):
    """Return the row of an image of class 1 that fools its source, which then sees class 5, but no target."""
    usual = {
        "image": image,
        "source": source,
        "target": target,
        "label": 1,
        "predicted": 1,
        "fooling_label_8bit": becomes,
        "success": True,
        "success_8bit": True,
        "target_before": 1,
        "target_after": becomes if source == target else 1,
        "target_noise": 1,
    }
    return usual | changes


def cell(rows, source="a", target="b", **options):
    rates = transfer_matrix(pd.DataFrame(rows), **options)
    return next(each for each in rates if (each.source, each.target) == (source, target))


def test_an_image_that_did_not_fool_its_source_does_not_count():
    rows = [row(0, target_after=5), row(1), row(2, target_after=7, success=False, success_8bit=False)]
    found = cell(rows)
    assert found.fooled == Rate(1, 2)
    assert (found.attacked, found.lost) == (3, 0)


def test_an_image_that_rounding_lost_does_not_count_and_is_told_apart():
    found = cell([row(0, target_after=5), row(1, success_8bit=False, target_after=5)])
    assert found.fooled == Rate(1, 1)
    assert (found.attacked, found.lost) == (2, 1)


def test_noise_is_counted_on_the_same_images_and_tested_on_those_that_differ():
    rows = [row(image, target_after=5) for image in range(7)]
    rows += [row(image, target_noise=3) for image in range(7, 9)]
    rows += [row(9, target_noise=3, success_8bit=False)]
    found = cell(rows)
    assert (found.fooled, found.noise) == (Rate(7, 9), Rate(2, 9))
    assert found.beyond_noise is None
    assert cell(rows[:7]).beyond_noise is True
    assert cell([row(image, target_noise=5) for image in range(7)]).beyond_noise is False


def test_the_test_is_corrected_for_the_other_cells_but_not_for_the_diagonal():
    one = [row(image, target_after=5) for image in range(6)]
    assert cell(one).beyond_noise is True
    own = [row(image, target=model, source=model) for image in range(6) for model in "ab"]
    assert cell(one + own).beyond_noise is True
    assert cell(one + own, "a", "a").beyond_noise is None
    assert cell([*one, row(0, source="b", target="a")]).beyond_noise is None


def test_on_request_only_images_count_that_both_networks_classify_correctly():
    rows = [row(0, target_after=5), row(1, predicted=2), row(2, target_before=3), row(3)]
    found = cell(rows, correct=True)
    assert (found.attacked, found.fooled, found.noise) == (2, Rate(1, 2), Rate(0, 2))


def test_the_intervals_are_wilson_s():
    low, high = Rate(3, 40).estimate.interval
    expected = binomtest(3, 40).proportion_ci(method="wilson")
    assert (low, high) == pytest.approx((expected.low, expected.high))
    assert Rate(0, 0).estimate.value != Rate(0, 0).estimate.value


def with_own_attacks(rows, becomes_on_b):
    """Return the rows with those of each image on its own network; the second one sees these classes."""
    images = range(len(becomes_on_b))
    own_a = [row(image, "a", "a") for image in images]
    return [*rows, *own_a, *(row(image, "b", "b", becomes_on_b[image]) for image in images)]


def taken(rows, **options):
    found = taken_classes(pd.DataFrame(rows), **options)
    assert [(each.source, each.target) for each in found] == [("a", "b")]
    return found[0]


def test_of_the_transferred_images_those_are_counted_that_take_the_source_s_class():
    rows = [row(0, target_after=5), row(1, target_after=7), row(2), row(3, target_after=5)]
    rows[3]["success_8bit"] = False
    found = taken(with_own_attacks(rows, [5, 6, 5, 5]))
    assert found.taken == found.taken_alike == Rate(1, 2), (
        "the third did not transfer, the last does not count"
    )
    assert found.agreed_alike == Rate(1, 2)
    assert found.agreed == Rate(2, 3), "whether they transferred or not"


def test_the_baseline_is_of_images_that_both_see_alike_and_that_fooled_both():
    rows = [row(0, target_after=5, target_before=3), row(1, target_after=5), row(2, target_after=5)]
    rows = with_own_attacks(rows, [5, 5, 5])
    rows[-2]["success_8bit"] = False
    found = taken(rows)
    assert found.taken == Rate(3, 3)
    assert found.taken_alike == found.agreed_alike == found.agreed == Rate(1, 1)


def test_the_class_is_told_from_the_baseline_on_the_same_images():
    rows = [row(image, target_after=5) for image in range(6)]
    assert taken(with_own_attacks(rows, [6] * 6)).beyond_agreement is True
    assert taken(with_own_attacks(rows, [5] * 6)).beyond_agreement is None
    assert taken(with_own_attacks(rows[:5], [6] * 5)).beyond_agreement is None
    others = [row(image, target_after=7) for image in range(6)]
    assert taken(with_own_attacks(others, [5] * 6)).beyond_agreement is False


def test_without_the_target_s_own_attack_there_is_no_baseline():
    assert taken_classes(pd.DataFrame([row(0, target_after=5)])) == []


@pytest.mark.skipif(not PAPER.is_file(), reason="the paper's text is not here")
def test_table_3_is_the_paper_s():
    text = PAPER.read_text()
    place = text.index("\tVGG16\tResNet101\tDenseNet161\n")
    lines = text[place:].splitlines()[:4]
    networks = lines[0].split("\t")[1:]
    names = {re.sub("[^a-z0-9]", "", find_spec(model).title.lower()): model for model, _ in TABLE_3}
    read = {
        (names[source.lower()], names[target.lower()]): float(rate.rstrip("%"))
        for source, *rates in (line.split("\t") for line in lines[1:])
        for target, rate in zip(networks, rates, strict=True)
    }
    assert read == TABLE_3
    assert f"{SAMPLES} samples from ImageNet" in text
