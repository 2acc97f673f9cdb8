import numpy as np
import pytest

from sparsefool.attacks import check_8_bit, sparsefool
from sparsefool.errors import ParameterError
from sparsefool.experiments.activation_maps import activation_maps
from sparsefool.experiments.pixel_masks import (
    central_pixels,
    changed_pixels,
    highlighted_pixels,
    share_inside,
)
from sparsefool.experiments.records.run_context import RunContext
from sparsefool.experiments.records.store import RecordStore
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
