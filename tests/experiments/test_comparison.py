import numpy as np
import pytest
import torch

from sparsefool.attacks import check_8_bit, find_attack, sparsefool
from sparsefool.data.specs import find_dataset
from sparsefool.errors import DataError, ParameterError
from sparsefool.experiments.comparison import AttackRun, Comparison
from sparsefool.experiments.paper.comparison import compared_attacks, paper_comparison
from sparsefool.experiments.records.attack_record import AttackRecord
from sparsefool.experiments.records.attack_rows import rebuild, rebuild_all, rows_of
from sparsefool.experiments.records.attack_settings import AttackSetting
from sparsefool.experiments.records.record import Part
from sparsefool.experiments.records.run_context import RunContext
from sparsefool.experiments.records.store import RecordStore
from sparsefool.experiments.runner import run_tasks

LENET = "mnist/lenet"
SPARSEFOOL = AttackSetting("sparsefool", (("lambda_", 2.0), ("delta", 200.0)), "SparseFool")
NOISE = AttackSetting("random_pixels")
JSMA = AttackSetting("jsma")
IN_FEATURES = AttackSetting("sparsest", (("count", "features"),), "SparseFool, sparsest in features")


def planned(*settings, images=6, batch=3, seed=0):
    """Return the comparison of some settings; noise is sized by the first."""
    first = Part(AttackRecord(LENET, settings[0], batch, seed), images) if settings else None
    records = [
        AttackRecord(LENET, setting, batch, seed, first if setting == NOISE else None) for setting in settings
    ]
    return Comparison(tuple(AttackRun(record, images) for record in records))


def context_of(folder, check=lambda: None):
    return RunContext("cpu", RecordStore(folder, folder / "shipped"), check)


def compare(folder, *settings, check=lambda: None, **options):
    return list(run_tasks(planned(*settings, **options), context_of(folder, check)))[-1].rows


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


def test_the_numbers_are_those_of_the_attack(rows, tmp_path):
    context = context_of(tmp_path)
    images = context.images(LENET, 0, 6)
    result = sparsefool(context.classifier(LENET), images.images, lambda_=2.0, delta=200.0)
    ours = of(rows, "SparseFool")
    assert ours["success"].tolist() == result.success.tolist()
    assert ours["pixels"].tolist() == result.pixels_changed.tolist()
    assert ours["fooling_label"].tolist() == result.adversarial_labels.tolist()
    assert ours["label"].tolist() == images.labels.tolist()
    assert ours["max_change"].max() <= 200.001
    assert ours["batch"].tolist() == [3] * 6
    assert set(ours["precision"]) == {"float32"}


def test_the_changed_values_rebuild_the_8_bit_image(rows, tmp_path):
    context = context_of(tmp_path)
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
        planned(*settings)


def test_noise_needs_the_very_rows_that_it_is_sized_by():
    ours, noise = planned(SPARSEFOOL, NOISE).attack_runs
    Comparison((ours, noise))
    for other in (AttackRun(ours.record, 5), AttackRun(AttackRecord(LENET, SPARSEFOOL, 2), 6)):
        with pytest.raises(ParameterError, match="takes its size from SparseFool"):
            Comparison((other, noise))


@pytest.mark.parametrize("changes", [{"images": 0}, {"batch": 0}])
def test_a_comparison_of_no_images_is_refused(changes):
    with pytest.raises(ParameterError, match="at least 1 image, in batches of at least 1"):
        planned(SPARSEFOOL, **changes)


def test_more_images_than_there_are_is_said(tmp_path):
    with pytest.raises(DataError, match="1000 test images of mnist; 1001"):
        compare(tmp_path, SPARSEFOOL, images=1001, batch=1001)


def test_what_is_stored_is_what_can_be_read():
    everything = planned(SPARSEFOOL, NOISE, JSMA)
    ours, noise, jsma = everything.parts()

    def stored(*there):
        found = everything.stored(lambda part: part in there)
        return found and [run.name for run in found.attack_runs]

    assert everything.stored(lambda _: True) == everything
    assert stored() is None
    assert stored(ours, jsma) == ["SparseFool", "JSMA"]
    assert stored(noise, jsma) == ["JSMA"], "noise is not shown without what it is sized by"
    assert stored(noise) is None
    assert stored(ours, noise) == ["SparseFool", "Random noise"]


def test_a_comparison_of_more_images_reads_what_is_there(tmp_path):
    calls = []

    def check():
        calls.append(None)

    compare(tmp_path, SPARSEFOOL, images=3, check=check)
    first = len(calls)
    rows = compare(tmp_path, SPARSEFOOL, JSMA, images=6, check=check)
    assert of(rows, "SparseFool")["image"].tolist() == list(range(6))
    calls.clear()
    compare(tmp_path, SPARSEFOOL, JSMA, images=5, check=check)
    assert first > 0
    assert calls == [], "all is there"


def test_parameters_are_described_as_they_were_given():
    described = planned(SPARSEFOOL, NOISE).describe()["runs"]
    assert described[0] == {
        "model": LENET,
        "attack": "sparsefool",
        "name": "SparseFool",
        "parameters": {"lambda_": 2.0, "delta": 200.0},
        "images": 6,
        "batch": 3,
    }
    assert described[1]["parameters"] == {}


def test_the_papers_comparison_can_be_cut_down():
    cut = paper_comparison("mnist", attacks=("sparsefool", "jsma"), images=7)
    assert {run.record.setting.attack for run in cut.attack_runs} == {"sparsefool", "jsma"}
    assert all(run.images == 7 for run in cut.attack_runs)
    assert cut.models == ("mnist/lenet",)
    assert cut.images == 7
    with pytest.raises(DataError, match="svhn"):
        paper_comparison("svhn")


def test_sparsest_is_compared_in_features_too_where_these_are_not_the_pixels():
    for dataset in ("mnist", "cifar10", "imagenet"):
        limits, channels = compared_attacks(dataset), find_dataset(dataset).channels
        assert (IN_FEATURES.name in limits) == (channels > 1)
    (run,) = paper_comparison("cifar10", ("cifar10/vgg19",), (IN_FEATURES.name,)).attack_runs
    assert run.record.setting == IN_FEATURES
    assert len(paper_comparison("cifar10", ("cifar10/vgg19",), ("sparsest",)).attack_runs) == 2


def test_an_attack_of_a_comparison_that_is_not_stored_is_not_shown():
    whole = paper_comparison("cifar10", ("cifar10/vgg19",))
    stored = whole.stored(lambda part: part.record.setting != IN_FEATURES)
    assert stored is not None
    names = [run.name for run in whole.attack_runs if run.name != IN_FEATURES.name]
    assert [run.name for run in stored.attack_runs] == names


def test_pixels_and_features_of_sparsest_have_records_of_their_own_and_one_boundary(tmp_path):
    context, found = context_of(tmp_path), []
    take = context.first_boundary
    context.first_boundary = lambda key, find: take(key, lambda: found.append(key) or find())
    records = [AttackRecord(LENET, each, 3) for each in (AttackSetting("sparsest"), IN_FEATURES)]
    assert [each.describe()["arguments"]["count"] for each in records] == ["pixels", "features"]
    assert all(len(context.rows(each, 0, 3)) == 3 for each in records)
    assert len(found) == 1


def test_the_images_of_rows_are_rebuilt_together(rows, tmp_path):
    images = context_of(tmp_path).images(LENET, 0, 6).images
    ours = of(rows, "SparseFool")
    one_by_one = [
        rebuild(images[row.image], row.changed_at.tolist(), row.changed_to.tolist())
        for row in ours.itertuples()
    ]
    assert torch.equal(rebuild_all(images, ours), torch.stack(one_by_one))


@pytest.mark.parametrize("attack", ["sparsefool", "sparsest"])
def test_the_first_boundary_of_a_block_is_found_once_and_changes_no_row(tmp_path, attack):
    settings = [
        AttackSetting(attack, (("delta", delta),), f"δ = {delta:g}") for delta in (30.0, 100.0, 255.0)
    ]
    context = context_of(tmp_path)
    network, finder = context.classifier(LENET), find_attack(attack).boundary
    images = context.images(LENET, 0, 3)
    boundary = finder.run(network, images.images)
    start, passes = int((boundary.forwards + boundary.backwards).sum()), {}
    for setting in settings:
        before = network.forwards + network.backwards
        rows = context.rows(AttackRecord(LENET, setting, 3), 0, 3)
        spent = network.forwards + network.backwards - before
        result = find_attack(attack).run(network, images.images, delta=setting.delta)
        alone = rows_of(result, network, images, 0, 1.0, setting.delta)
        for column in set(alone) - {"seconds", "changed_at", "changed_to"}:
            assert rows[column].tolist() == alone[column].tolist(), column
        for column in ("changed_at", "changed_to"):
            assert [each.tolist() for each in rows[column]] == [each.tolist() for each in alone[column]]
        checked = len(check_8_bit(network, result, setting.delta).labels)
        passes[setting] = spent - int((result.forwards + result.backwards).sum()) - checked
    assert start > 0
    assert list(passes.values()) == [0, -start, -start]


def test_one_boundary_serves_every_lambda(tmp_path):
    context, found = context_of(tmp_path), []
    take = context.first_boundary
    context.first_boundary = lambda key, find: take(key, lambda: found.append(key) or find())
    for lambda_ in (1.0, 3.0):
        for delta in (100.0, 255.0):
            parameters = (("lambda_", lambda_), ("delta", delta))
            context.rows(AttackRecord(LENET, AttackSetting("sparsefool", parameters), 3), 0, 3)
    assert len(found) == 1
    context.rows(AttackRecord(LENET, AttackSetting("sparsefool", (("max_iter", 7),)), 3), 0, 3)
    context.rows(AttackRecord(LENET, AttackSetting("sparsefool", (("max_iter", 7),)), 3), 3, 6)
    assert len(set(found)) == len(found) == 3, "of other arguments or images it is another one"


def test_its_seconds_are_in_each_attack_that_uses_it(tmp_path, monkeypatch):
    context = context_of(tmp_path)
    take = context.first_boundary
    monkeypatch.setattr(context, "first_boundary", lambda key, find: (take(key, find)[0], 1000.0))
    for delta in (100.0, 255.0):
        rows = context.rows(AttackRecord(LENET, AttackSetting("sparsefool", (("delta", delta),)), 3), 0, 3)
        assert 1000 < rows["seconds"].sum() < 1100
