import pytest
import torch

from sparsefool.classifier import Classifier
from sparsefool.errors import ModelError
from sparsefool.training.evaluation import accuracy, robust_accuracy
from sparsefool.training.export import describe_training, export_network
from sparsefool.zoo.sources import shipped_weights
from sparsefool.zoo.sources.shipped_weights import load_shipped, read_card, weights_path
from tests.training.tiny_training import NETWORK, RECIPE, ROBUST, finish, make_data, make_run

NAME = "cifar10/tiny"


@pytest.fixture(autouse=True)
def known_network(monkeypatch):
    monkeypatch.setattr(shipped_weights, "find_network", {NAME: NETWORK}.__getitem__)


def exported(tmp_path, recipe):
    run = make_run(recipe)
    finish(run)
    return run, export_network(NAME, run, *make_data(60), folder=tmp_path)


def test_the_card_says_what_the_written_file_reaches(tmp_path):
    run, card = exported(tmp_path, RECIPE)
    assert read_card(NAME, tmp_path) == card
    network = load_shipped(NAME, tmp_path)
    assert torch.equal(network[-1].weight, run.averaged[-1].weight.half().float())
    classifier = Classifier(network, NETWORK.mean, NETWORK.std)
    assert card.accuracy == accuracy(classifier, *make_data(60))
    assert (card.test_images, card.epochs, card.seed, card.training) == (60, 3, 0, "ordinary")
    assert (card.robust_accuracy, card.robust_images) == (None, 0)
    assert [report["epoch"] for report in card.history] == [1, 2, 3]
    assert card.recipe["batch_size"] == RECIPE.batch_size
    assert card.versions["torch"] == torch.__version__
    assert card.seconds == pytest.approx(run.seconds, abs=0.05)


def test_the_card_of_a_robust_network_says_how_robust_it_is(tmp_path):
    _, card = exported(tmp_path, ROBUST)
    classifier = Classifier(load_shipped(NAME, tmp_path), NETWORK.mean, NETWORK.std)
    assert card.robust_accuracy == robust_accuracy(classifier, *make_data(60))
    assert card.robust_images == 60
    assert card.training == "adversarial: single step with a random start, l-infinity, epsilon 8/255"
    assert all(report["held_out_pgd_accuracy"] is not None for report in card.history)


def test_pgd_training_is_described_as_such():
    assert describe_training(ROBUST.with_attack_steps(7)).startswith("adversarial: PGD-7, l-infinity")


def test_an_unfinished_training_is_not_exported(tmp_path):
    run = make_run()
    run.step()
    with pytest.raises(ModelError, match="trained for 1 of 15 steps"):
        export_network(NAME, run, *make_data(60), folder=tmp_path)
    assert not weights_path(NAME, tmp_path).exists()
