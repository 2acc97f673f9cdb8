import math

import numpy as np
import pandas as pd
import pytest

from sparsefool.analysis.overlap import overlaps_of
from sparsefool.analysis.region_findings import contrasts_of, fooling_table, mean_maps, shares_of
from sparsefool.attacks import check_8_bit, sparsefool
from sparsefool.errors import ParameterError
from sparsefool.experiments.activation_maps import activation_maps
from sparsefool.experiments.pixel_masks import (
    central_pixels,
    changed_pixels,
    highlighted_pixels,
    share_inside,
)
from sparsefool.experiments.record_store import RecordStore
from sparsefool.experiments.records import RunContext
from sparsefool.experiments.regions import SHARES, Regions
from sparsefool.experiments.runner import run_tasks

LENET = "mnist/lenet"


def context_of(folder):
    return RunContext("cpu", RecordStore(folder, folder / "shipped"))


@pytest.fixture(scope="module")
def rows(tmp_path_factory):
    planned = Regions((LENET,), 1.0, 255.0, images=8, batch=4)
    return list(run_tasks(planned, context_of(tmp_path_factory.mktemp("results"))))[-1].rows


def test_the_shares_are_those_of_the_8_bit_images(rows, tmp_path):
    context = context_of(tmp_path)
    classifier, images = context.classifier(LENET), context.images(LENET, 0, 4).images
    result = sparsefool(classifier, images, lambda_=1.0)
    check = check_8_bit(classifier, result, 255.0)
    changed = (check.images != check.originals).any(1).numpy()
    assert np.array_equal(changed_pixels(rows[:4], LENET), changed)
    tops = [
        [highlighted_pixels(each.numpy()) for each in activation_maps(classifier, images, labels)]
        for labels in (result.labels, check.labels)
    ]
    centre = central_pixels((28, 28))
    for row in range(4):
        parts = {"label": tops[0][row], "fooling": tops[1][row], "elsewhere": tops[0][(row + 1) % 4]}
        for part, mask in (parts | {"centre": centre}).items():
            np.testing.assert_equal(rows[f"{part}_share"][row], share_inside(changed[row], mask))


def test_the_findings_count_the_fooled_images(rows):
    marked = rows.copy()
    marked.loc[0, "success_8bit"] = False
    shares = shares_of(marked)[LENET]
    fooled = marked[marked["success_8bit"]]
    assert shares.label == tuple(fooled["label_share"].dropna())
    assert len(shares.centre) == len(fooled) == int(rows["success_8bit"].sum()) - 1
    assert shares.centre == tuple(fooled["centre_share"])
    assert fooling_table(marked, LENET).to_numpy().sum() == len(fooled)


def made_rows(model, pixels, image=0, label=3, fooling=5):
    return {
        "model": model,
        "image": image,
        "predicted": label,
        "fooling_label_8bit": fooling,
        "success_8bit": True,
        "pixels_8bit": len(pixels),
        "changed_at": np.array(pixels),
    }


def test_two_networks_share_the_pixels_that_both_changed():
    other = "cifar10/vgg19"
    first = [made_rows("cifar10/resnet18", [0, 1, 1024 + 1, 5], image) for image in range(2)]
    second = [made_rows(other, [1, 2048 + 5, 9], image) for image in range(1, 3)]
    (overlap,) = overlaps_of(pd.DataFrame(first + second))
    assert overlap.n == 1
    assert overlap.shared.value == 2 / 4
    assert 0 < overlap.chance < 0.01
    failed = [made_rows(other, [1], 0) | {"success_8bit": False}]
    assert overlaps_of(pd.DataFrame(first + second + failed)) == [overlap], "an unfooled image does not count"
    small = [made_rows(LENET, [1], 0)]
    assert overlaps_of(pd.DataFrame(first + small)) == []


def test_perturbations_concentrate_only_if_neither_habit_nor_centre_explains_it():
    def verdict(label, elsewhere, centre):
        wobble = np.linspace(-0.02, 0.02, 20)
        shares = {
            "label_share": [*(label + wobble), math.nan],
            "elsewhere_share": elsewhere,
            "centre_share": centre,
        }
        rows = pd.DataFrame({"model": LENET, "success_8bit": True, **shares})
        (contrast,) = contrasts_of(rows)
        assert contrast.n == 20
        assert contrast.over_elsewhere.value == pytest.approx(label - elsewhere)
        return contrast.concentrates

    assert verdict(0.5, 0.3, 0.4) is True
    assert verdict(0.5, 0.3, 0.6) is None
    assert verdict(0.2, 0.2, 0.1) is False


def test_mean_maps_are_by_fooling_class_with_their_counts():
    rows = pd.DataFrame(
        [
            made_rows(LENET, [0, 1, 2], 7),
            made_rows(LENET, [0], 8),
            made_rows(LENET, [783], 9, fooling=8),
            made_rows(LENET, [4], 10, label=2),
        ]
    )
    first, second = mean_maps(rows, LENET, 3)
    assert (first.fooling_label, first.n, first.images) == (5, 2, (8, 7))
    assert first.rates[0, :4].tolist() == [1.0, 0.5, 0.5, 0.0]
    assert (second.fooling_label, second.n, second.rates[27, 27]) == (8, 1, 1.0)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"models": ()}, "At least one network"),
        ({"models": (LENET, LENET)}, "none twice"),
        ({"images": 0}, "At least 1 image"),
        ({"batch": 1}, "batches of at least 2.* 4 images in batches of 1"),
        ({"lambda_": 0.5}, "λ must be a finite number, 1 or more; it is 0.5"),
        ({"delta": -1.0}, "δ must be from 0 to 255; it is -1"),
    ],
)
def test_impossible_experiments_are_refused(changes, message):
    usual = {"models": (LENET,), "lambda_": 3.0, "delta": 255.0, "images": 4, "batch": 2}
    with pytest.raises(ParameterError, match=message):
        Regions(**(usual | changes))


def test_a_single_image_is_compared_with_the_next_of_its_block(rows, tmp_path):
    planned = Regions((LENET,), 1.0, 255.0, images=1, batch=4)
    alone = list(run_tasks(planned, context_of(tmp_path)))[-1].rows
    assert len(alone) == 1
    assert alone[list(SHARES)].equals(rows[list(SHARES)][:1])


def test_what_is_stored_are_the_networks_of_which_attack_and_shares_are_there():
    planned = Regions((LENET, "cifar10/vgg19"), 3.0, 255.0, images=4, batch=2)
    parts = planned.parts()
    titles = ["SparseFool on mnist/lenet", "Regions on mnist/lenet"]
    assert [part.record.title for part in parts[:2]] == titles
    assert planned.stored(lambda _: True) == planned
    for missing, models in ((0, ("cifar10/vgg19",)), (1, ("cifar10/vgg19",)), (3, (LENET,))):
        assert planned.stored(lambda part, gone=parts[missing]: part != gone).models == models
    assert planned.stored(lambda part: part.record.label == "sparsefool") is None


def test_the_attack_is_that_of_every_other_experiment(tmp_path):
    context = context_of(tmp_path)
    attack = Regions((LENET,), 1.0, 255.0, images=4, batch=4).parts()[0].record
    context.rows(attack, 0, 4)
    network = context.classifier(LENET)
    before = network.forwards
    list(run_tasks(Regions((LENET,), 1.0, 255.0, images=4, batch=4), context))
    assert network.forwards - before == 2 * (4 + 1), "two maps of each image, and what finds the layer"
