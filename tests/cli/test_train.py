import json
from dataclasses import replace

import pytest
from click.testing import CliRunner

from sparsefool.cli.evaluate import evaluate
from sparsefool.cli.terminal import CommandGroup
from sparsefool.cli.train import train
from sparsefool.data.datasets import LabelledImages
from sparsefool.formats import percent
from sparsefool.zoo.sources import shipped_weights
from sparsefool.zoo.sources.shipped_weights import load_shipped, read_card, weights_path
from tests.training.tiny_training import NETWORK, RECIPE, ROBUST, make_data

NAME = "cifar10/vgg19"
ROBUST_NAME = "cifar10/resnet18-linf"


@pytest.fixture(autouse=True)
def tiny(monkeypatch):
    """Put the tiny network, its recipes and its data in the place of the real ones."""
    recipes = {NAME: RECIPE, ROBUST_NAME: ROBUST}
    for module in ("train", "evaluate"):
        monkeypatch.setattr(f"sparsefool.cli.{module}.find_recipe", recipes.__getitem__)
        monkeypatch.setattr(f"sparsefool.cli.{module}.find_network", lambda _: NETWORK)
        monkeypatch.setattr(f"sparsefool.cli.{module}.load_dataset", lambda *_: LabelledImages(*make_data()))
    monkeypatch.setattr(shipped_weights, "find_network", lambda _: NETWORK)


@pytest.fixture
def run(tmp_path):
    """Run a command line, and return its exit code and what it printed."""
    group = CommandGroup(commands=[train, evaluate])

    def invoke(command: str, *arguments: str) -> tuple[int, str, str]:
        folders = {
            "train": ["--runs", str(tmp_path / "runs"), "--out", str(tmp_path / "weights")],
            "evaluate": ["--weights", str(tmp_path / "weights")],
        }
        arguments = (command, *arguments, *folders[command], "--device", "cpu")
        result = CliRunner().invoke(group, arguments)
        return result.exit_code, result.stdout, result.stderr

    return invoke


def test_training_reports_every_epoch_and_writes_weights_and_card(run, tmp_path):
    code, out, _ = run("train", NAME)
    assert code == 0
    assert [line.split(":")[0] for line in out.splitlines()[:3]] == [
        "epoch 1 at 8 px",
        "epoch 2 at 8 px",
        "epoch 3 at 12 px",
    ]
    card = read_card(NAME, tmp_path / "weights")
    assert f"{NAME}: {percent(card.accuracy, 2)} of 100 test images" in out
    assert weights_path(NAME, tmp_path / "weights").is_file()


def test_a_finished_training_is_not_done_twice_unless_asked(run):
    run("train", NAME)
    assert "epoch" not in run("train", NAME)[1]
    assert "epoch 3" in run("train", NAME, "--fresh")[1]


def test_another_seed_does_not_continue_the_checkpoint(run):
    run("train", NAME)
    code, _, err = run("train", NAME, "--seed", "1")
    assert code == 2
    assert "another recipe or seed" in err


def test_epochs_and_attack_steps_change_the_recipe(run, tmp_path):
    code, out, _ = run("train", ROBUST_NAME, "--epochs", "2", "--attack-steps", "3")
    assert code == 0
    assert "epoch 2 at 12 px" in out
    assert "under PGD-10" in out
    assert "under PGD-20 within 8/255" in out
    assert read_card(ROBUST_NAME, tmp_path / "weights").training.startswith("adversarial: PGD-3")


def test_a_training_may_begin_with_a_shipped_network(run, monkeypatch, tmp_path):
    recipe = replace(ROBUST, start_from=NAME)
    monkeypatch.setattr("sparsefool.cli.train.find_recipe", {NAME: RECIPE, ROBUST_NAME: recipe}.__getitem__)
    monkeypatch.setattr(
        "sparsefool.cli.train.load_shipped", lambda name: load_shipped(name, tmp_path / "weights")
    )
    code, _, err = run("train", ROBUST_NAME)
    assert code == 2
    assert f"train them: python -m sparsefool train {NAME}" in err
    run("train", NAME)
    assert run("train", ROBUST_NAME)[0] == 0
    assert read_card(ROBUST_NAME, tmp_path / "weights").training.endswith(f"from the weights of {NAME}")


def test_a_trained_network_can_be_trained_on(run, monkeypatch, tmp_path):
    monkeypatch.setattr(
        "sparsefool.cli.train.load_shipped", lambda name: load_shipped(name, tmp_path / "weights")
    )
    run("train", NAME)
    first = read_card(NAME, tmp_path / "weights")
    code, out, _ = run("train", NAME, "--start-from", NAME, "--peak-lr", "0.01", "--epochs", "1", "--fresh")
    assert code == 0
    assert "epoch 1 at 12 px" in out
    card = read_card(NAME, tmp_path / "weights")
    assert (card.recipe["peak_lr"], card.recipe["start_from"]) == (0.01, NAME)
    assert card.sha256 != first.sha256


def test_attack_steps_of_an_ordinary_training_are_refused(run):
    code, _, err = run("train", NAME, "--attack-steps", "3")
    assert code == 2
    assert err.startswith("Error: Attack steps belong to adversarial training")


def test_an_unknown_network_is_refused(run):
    code, _, err = run("train", "cifar10/none")
    assert code == 2
    assert "mnist/lenet" in err


def test_evaluation_measures_what_the_card_says(run, tmp_path):
    run("train", NAME)
    run("train", ROBUST_NAME)
    code, out, _ = run("evaluate", "--json")
    assert code == 0
    plain, robust = json.loads(out)
    card = read_card(NAME, tmp_path / "weights")
    assert plain == {"name": NAME, "accuracy": card.accuracy, "test_images": 100}
    card = read_card(ROBUST_NAME, tmp_path / "weights")
    assert (robust["robust_accuracy"], robust["robust_images"]) == (card.robust_accuracy, 100)
    assert run("evaluate", NAME)[1] == f"{NAME}: {percent(plain['accuracy'], 2)} of 100 test images\n"


def test_evaluating_missing_weights_fails(run):
    code, out, err = run("evaluate", NAME)
    assert (code, out) == (2, "")
    assert "vgg19.json is missing" in err


def test_interrupted_it_says_that_the_work_is_kept_and_how_to_go_on(run, monkeypatch):
    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("sparsefool.cli.train.train_to_end", interrupt)
    code, out, err = run("train", NAME)
    assert (code, out) == (130, "")
    assert err == "Interrupted. What is finished is kept: the same command goes on from there.\n"
    assert "the same command, without --fresh, goes on" in run("train", NAME, "--fresh")[2]
