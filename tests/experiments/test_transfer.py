import pandas as pd
import pytest

from sparsefool.analysis.transfer_rates import transfer_matrix
from sparsefool.errors import ParameterError
from sparsefool.experiments.experiment import RunContext
from sparsefool.experiments.transfer import Transfer
from tests.attacks.networks import small_network

MODELS = ("cifar10/resnet18", "cifar10/vgg19", "cifar10/resnet18-linf")


def load(model):
    """Return two networks that agree, and one that does not."""
    return small_network(height=32, width=32, classes=10, seed=int("linf" in model))


@pytest.fixture(scope="module")
def rows():
    planned, context = Transfer(MODELS, images=6, batch=4), RunContext("cpu", load=load)
    return pd.concat([planned.run(task, context, pd.DataFrame()) for task in planned.tasks()])


def test_what_a_network_sees_in_the_originals_is_asked_once():
    planned, networks = Transfer(MODELS, images=4, batch=4), {model: load(model) for model in MODELS}
    context, earlier = RunContext("cpu", load=networks.__getitem__), pd.DataFrame()
    spent = []
    for task in planned.tasks():
        before = networks[MODELS[2]].forwards
        part = planned.run(task, context, earlier)
        earlier = pd.concat([earlier, part])
        spent.append(networks[MODELS[2]].forwards - before)
        own = part[part["target"] == MODELS[2]]
        originals = context.images(MODELS[2], 0, 4).images
        assert own["target_before"].tolist() == load(MODELS[2])(originals).argmax(1).tolist()
    assert spent[:2] == [12, 8], "originals, result and 8-bit result; then only the latter two"


def rate_of(rows, source, target, **options):
    rates = transfer_matrix(rows, **options)
    return next(each for each in rates if (each.source, each.target) == (source, target))


def test_every_pair_and_image_has_a_row(rows):
    assert len(rows) == 3 * 3 * 6
    assert len(transfer_matrix(rows)) == 9
    assert all(each.n == 6 for each in transfer_matrix(rows))


def test_on_its_own_network_a_perturbation_does_what_the_attack_says(rows):
    for model in MODELS:
        own = rows[(rows["source"] == model) & (rows["target"] == model)]
        assert (own["target_after"] == own["fooling_label"]).all()
        assert (own["target_after_8bit"] == own["fooling_label_8bit"]).all()
        assert rate_of(rows, model, model).fooled == own["success"].sum() == 6


def test_between_equal_networks_everything_transfers(rows):
    twin = rate_of(rows, MODELS[0], MODELS[1])
    assert twin.fooled == 6
    assert twin.rate.value == 1
    other = rate_of(rows, MODELS[0], MODELS[2])
    assert other.fooled < 6
    assert other.rate.interval[0] <= other.rate.value < other.rate.interval[1]


def test_images_that_both_classify_correctly_are_counted_apart(rows):
    own = rows[(rows["source"] == MODELS[0]) & (rows["target"] == MODELS[0])]
    right = own["predicted"] == own["label"]
    own_rate = rate_of(rows, MODELS[0], MODELS[0])
    assert own_rate.n_correct == right.sum()
    assert own_rate.fooled_correct == (right & own["success"]).sum()


def test_rounding_to_8_bits_is_counted_on_request():
    rows = pd.DataFrame(
        {
            "source": "a",
            "target": "b",
            "label": [1, 1],
            "predicted": [1, 1],
            "target_before": [1, 1],
            "target_after": [2, 1],
            "target_after_8bit": [1, 1],
        }
    )
    assert rate_of(rows, "a", "b").fooled == 1
    assert rate_of(rows, "a", "b", rounded=True).fooled == 0


@pytest.mark.parametrize(
    ("models", "changes", "message"),
    [
        (MODELS[:1], {}, "two different networks"),
        ((), {}, "two different networks"),
        ((MODELS[0], MODELS[0]), {}, "two different networks"),
        ((MODELS[0], "mnist/lenet"), {}, "same images"),
        (("imagenet/vgg16", "imagenet/inception_v3"), {}, "same images"),
        (MODELS, {"lambda_": 0.5}, "λ must be a finite number, 1 or more; it is 0.5"),
        (MODELS, {"delta": 300.0}, "δ must be from 0 to 255; it is 300"),
        (MODELS, {"images": 0}, "at least 1 image"),
    ],
)
def test_impossible_transfers_are_refused(models, changes, message):
    with pytest.raises(ParameterError, match=message):
        Transfer(models, **changes)
