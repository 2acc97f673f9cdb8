import numpy as np
import pytest

from sparsefool.attacks import sparsefool
from sparsefool.errors import DataError, ParameterError
from sparsefool.experiments.attack_rows import rebuild
from sparsefool.experiments.attack_settings import AttackSetting
from sparsefool.experiments.comparison import AttackRun, Comparison
from sparsefool.experiments.experiment import RunContext
from sparsefool.experiments.paper import paper_comparison
from sparsefool.experiments.runner import run_tasks

LENET = "mnist/lenet"
SPARSEFOOL = AttackSetting("sparsefool", (("lambda_", 2.0), ("delta", 200.0)), "SparseFool")
NOISE = AttackSetting("random_pixels")
JSMA = AttackSetting("jsma")


def compare(folder, *settings, images=6, batch=3, seed=0, check=lambda: None):
    attack_runs = tuple(AttackRun(LENET, setting, images, batch) for setting in settings)
    return list(run_tasks(Comparison(attack_runs, seed), folder, RunContext("cpu", check)))[-1].rows


@pytest.fixture(scope="module")
def rows(tmp_path_factory):
    return compare(tmp_path_factory.mktemp("results"), SPARSEFOOL, NOISE, JSMA)


def of(rows, title):
    return rows[rows["attack"] == title].reset_index(drop=True)


def test_one_row_for_each_image_and_attack(rows):
    assert len(rows) == 18
    for title in ("SparseFool", "Random noise", "JSMA"):
        assert of(rows, title)["image"].tolist() == list(range(6))
    assert set(rows["model"]) == {LENET}
    assert (rows["seconds"] > 0).all()


def test_the_numbers_are_those_of_the_attack(rows):
    context = RunContext("cpu")
    images = context.images(LENET, 0, 6)
    result = sparsefool(context.classifier(LENET), images.images, lambda_=2.0, delta=200.0)
    ours = of(rows, "SparseFool")
    assert ours["success"].tolist() == result.success.tolist()
    assert ours["pixels"].tolist() == result.pixels_changed.tolist()
    assert ours["fooling_label"].tolist() == result.adversarial_labels.tolist()
    assert ours["label"].tolist() == images.labels.tolist()
    assert ours["max_change"].max() <= 200.001


def test_the_changed_values_rebuild_the_8_bit_image(rows):
    context = RunContext("cpu")
    classifier, images = context.classifier(LENET), context.images(LENET, 0, 6).images
    for row in of(rows, "SparseFool").itertuples():
        rebuilt = rebuild(images[row.image], row.changed_at.tolist(), row.changed_to.tolist())
        assert int((rebuilt != images[row.image]).sum()) == len(row.changed_at) == row.pixels_8bit
        assert int(classifier(rebuilt[None]).argmax()) == row.fooling_label_8bit


def test_random_noise_is_as_large_as_sparsefools_median(rows):
    counts = [len(each) for each in of(rows, "SparseFool")["changed_at"]]
    assert of(rows, "SparseFool")["success"].all()
    noise = of(rows, "Random noise")
    assert noise["pixels"].max() <= round(np.median(counts))
    assert noise["pixels"].mean() > 0.3 * np.median(counts)


def test_the_seed_decides_what_is_drawn(tmp_path, rows):
    again, other = (compare(tmp_path / str(seed), SPARSEFOOL, JSMA, seed=seed) for seed in (0, 1))
    measured = ["pixels", "fooling_label", "iterations", "success"]
    assert of(again, "JSMA")[measured].equals(of(rows, "JSMA")[measured])
    assert not of(other, "JSMA")[measured].equals(of(rows, "JSMA")[measured])


def test_cancelling_reaches_into_an_attack(tmp_path):
    calls = []

    def check():
        calls.append(None)
        if len(calls) == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        compare(tmp_path, SPARSEFOOL, check=check)


@pytest.mark.parametrize(
    ("settings", "message"),
    [((), "at least one"), ((SPARSEFOOL, SPARSEFOOL), "twice"), ((NOISE, SPARSEFOOL), "same network")],
)
def test_impossible_comparisons_are_refused(settings, message):
    with pytest.raises(ParameterError, match=message):
        Comparison(tuple(AttackRun(LENET, setting, 5) for setting in settings))


def test_more_images_than_there_are_is_said(tmp_path):
    with pytest.raises(DataError, match="1000 test images of mnist; 1001"):
        compare(tmp_path, SPARSEFOOL, images=1001, batch=1001)


def test_the_papers_comparison_can_be_cut_down():
    planned = paper_comparison("mnist", attacks=("sparsefool", "jsma"), images=7)
    assert {attack_run.setting.attack for attack_run in planned.attack_runs} == {"sparsefool", "jsma"}
    assert all(attack_run.images == 7 for attack_run in planned.attack_runs)
    assert planned.models == ("mnist/lenet",)
    with pytest.raises(DataError, match="svhn"):
        paper_comparison("svhn")
    with pytest.raises(ParameterError, match="at least one network and one attack"):
        paper_comparison("mnist", attacks=("nothing",))
