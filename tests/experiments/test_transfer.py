import numpy as np
import pandas as pd
import pytest
import torch

from sparsefool.attacks import random_pixels
from sparsefool.errors import ParameterError
from sparsefool.experiments import transfer
from sparsefool.experiments.records.attack_record import AttackRecord
from sparsefool.experiments.records.attack_rows import rebuild_all
from sparsefool.experiments.records.attack_settings import AttackSetting, sparsefool_setting
from sparsefool.experiments.records.record import Part, record_key
from sparsefool.experiments.records.run_context import RunContext
from sparsefool.experiments.records.store import RecordStore
from sparsefool.experiments.runner import run_tasks
from sparsefool.experiments.transfer import Transfer, TransferRecord
from tests.attacks.networks import small_network

MODELS = ("cifar10/resnet18", "cifar10/vgg19", "cifar10/resnet18-linf")
USUAL = {"lambda_": 3.0, "delta": 255.0, "images": 6, "batch": 4}


def load(model):
    """Return two networks that agree, and one that does not."""
    return small_network(height=32, width=32, classes=10, seed=int("linf" in model))


def planned(models=MODELS, **changes):
    return Transfer(models, **({"lambda_": 3.0, "delta": 255.0, "images": 6, "batch": 4} | changes))


@pytest.fixture(scope="module")
def context(tmp_path_factory):
    folder, networks = tmp_path_factory.mktemp("results"), {model: load(model) for model in MODELS}
    return RunContext("cpu", RecordStore(folder, folder / "shipped"), load=networks.__getitem__)


@pytest.fixture(scope="module")
def rows(context):
    return list(run_tasks(planned(), context))[-1].rows


def test_each_image_is_attacked_once_and_tried_on_every_network(tmp_path):
    networks = {model: load(model) for model in MODELS}
    context = RunContext("cpu", RecordStore(tmp_path, tmp_path / "shipped"), load=networks.__getitem__)
    attacks = [part.record for part in planned(images=4).parts() if part.record.label == "sparsefool"]
    for attack in attacks:
        context.rows(attack, 0, 4)
    before = [(network.forwards, network.backwards) for network in networks.values()]
    list(run_tasks(planned(images=4), context))
    for network, (forwards, backwards) in zip(networks.values(), before, strict=True):
        assert network.backwards == backwards
        asked = (network.forwards - forwards) / (3 * 4)
        assert asked <= 4, "originals, results, and the two passes of the noise"


def pair_of(rows, source, target):
    return rows[(rows["source"] == source) & (rows["target"] == target)].reset_index(drop=True)


def test_every_pair_and_image_has_a_row(rows):
    assert len(rows) == 3 * 3 * 6
    for source in MODELS:
        for target in MODELS:
            assert pair_of(rows, source, target)["image"].tolist() == list(range(6))


def test_what_a_network_sees_in_the_originals_and_in_the_8_bit_results(rows, context):
    originals = context.images(MODELS[0], 0, 6).images
    for source in MODELS:
        for target in MODELS:
            pair = pair_of(rows, source, target)
            assert pair["target_before"].tolist() == load(target)(originals).argmax(1).tolist()
            assert (
                pair["target_after"].tolist() == load(target)(rebuild_all(originals, pair)).argmax(1).tolist()
            )


def test_on_its_own_network_a_perturbation_does_what_the_attack_says(rows):
    for model in MODELS:
        own = pair_of(rows, model, model)
        assert (own["target_before"] == own["predicted"]).all()
        assert (own["target_after"] == own["fooling_label_8bit"]).all()
        assert own["success_8bit"].all()
        assert (own["target_after"] != own["target_before"]).all()


def test_between_equal_networks_everything_transfers(rows):
    def moved(target):
        pair = pair_of(rows, MODELS[0], target)
        return int((pair["target_after"] != pair["target_before"]).sum())

    assert moved(MODELS[1]) == 6
    assert moved(MODELS[2]) < 6


def test_the_noise_beside_a_result_has_its_size_and_is_the_same_for_every_target(rows):
    noise = [pair_of(rows, MODELS[0], target)["target_noise"].tolist() for target in MODELS]
    assert noise[0] == noise[1], "equal networks see the same noise"
    for source in MODELS:
        pair = pair_of(rows, source, source)
        moved = pair["target_noise"] != pair["target_before"]
        assert moved.sum() < pair["success_8bit"].sum(), "noise of this size fools less"

    def counted(*given, **named):
        counts.append(named["counts"].sum(1).tolist())
        return random_pixels(*given, **named)


def test_the_noise_has_as_many_values_in_each_channel_as_the_result_has(tmp_path, monkeypatch):
    sizes = []

    def random_pixels(_classifier, images, labels, *, counts, generator):
        sizes.append((counts, generator.initial_seed(), labels))
        return noisy(_classifier, images, labels, counts=counts, generator=generator)

    noisy = transfer.random_pixels
    monkeypatch.setattr(transfer, "random_pixels", random_pixels)
    context = RunContext("cpu", RecordStore(tmp_path, tmp_path / "shipped"), load=load)
    rows = list(run_tasks(planned(MODELS[:2], images=5), context))[-1].rows
    pair = pair_of(rows, MODELS[0], MODELS[1])
    expected = [np.bincount(places // 1024, minlength=3) for places in pair["changed_at"]]
    given = torch.cat([counts for counts, *_ in sizes[2:4]])
    assert given[:5].tolist() == np.stack(expected).tolist()
    seeds = [seed for _, seed, _ in sizes]
    assert seeds[:2] == seeds[2:4], "every target gets the same draws"
    assert len(set(seeds)) == 4, "each source and block has draws of its own"


def test_what_is_stored_are_the_most_networks_between_which_all_is_there():
    every = planned()
    first, second, third = MODELS

    def stored(*missing):
        """Leave out attacks (a source) and what a target makes of a source (a pair)."""

        def holds(part):
            record = part.record
            found = (record.model, record.target) if record.label == "transfer" else record.model
            return found not in missing

        kept = every.stored(holds)
        return kept and kept.models

    assert every.stored(lambda _: True) == every
    assert stored(third) == (first, second)
    assert stored(first) == (second, third)
    assert stored((first, third)) == (first, second)
    assert stored((first, first)) == (second, third)
    assert stored((first, second), (first, third)) == (second, third)
    assert stored((first, second), (second, third), (third, first)) is None
    assert stored(first, second) is None


def test_the_table_grows_pair_by_pair():
    parts = {part.record.title: part for part in planned(MODELS[:2]).parts()}
    assert list(parts)[:3] == [
        "SparseFool on cifar10/resnet18",
        "From cifar10/resnet18 to cifar10/resnet18",
        "From cifar10/resnet18 to cifar10/vgg19",
    ]
    assert all(isinstance(part, Part) and part.images == 6 for part in parts.values())
    assert planned().table(lambda _: pd.DataFrame()).empty


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
        (MODELS, {"batch": 0}, "batches of at least 1"),
    ],
)
def test_impossible_transfers_are_refused(models, changes, message):
    with pytest.raises(ParameterError, match=message):
        planned(models, **changes)


def test_the_noise_does_not_depend_on_what_the_attack_is_called(tmp_path, monkeypatch):
    drawn = []

    def watched(*arguments, **options):
        result = random_pixels(*arguments, **options)
        drawn.append(result.adversarial)
        return result

    monkeypatch.setattr(transfer, "random_pixels", watched)
    other = AttackSetting("sparsefool", (("delta", 255), ("lambda_", 3)), "Another name")
    keys = set()
    for number, setting in enumerate((sparsefool_setting(3), other)):
        record = TransferRecord(AttackRecord("mnist/lenet", setting, 20), "mnist/lenet")
        keys.add(record_key(record))
        RunContext("cpu", RecordStore(tmp_path / str(number), tmp_path)).rows(record, 0, 20)
    assert len(keys) == 1
    assert torch.equal(*drawn)
