"""The records that come with the project: complete, each attack once, and what the engine gives."""

import json
from collections import Counter
from itertools import chain

import numpy as np
import pytest

from sparsefool import paths
from sparsefool.analysis.findings.parts import shipped_annotations
from sparsefool.data.picture_sets import known_sets
from sparsefool.data.specs import DATASETS, find_dataset
from sparsefool.experiments.annotated import SETTINGS, annotated_pictures
from sparsefool.experiments.paper.comparison import paper_comparison
from sparsefool.experiments.paper.experiments import paper_regions, paper_sweep, paper_transfer, sample_grids
from sparsefool.experiments.records.attack_record import AttackRecord
from sparsefool.experiments.records.attack_settings import AttackSetting, sparsefool_setting
from sparsefool.experiments.records.record import Part, record_key
from sparsefool.experiments.records.run_context import RunContext
from sparsefool.experiments.records.store import RecordStore
from sparsefool.store.tables import read_table
from sparsefool.zoo.loading import available_models

OVER_LAMBDA = {
    "mnist": ("mnist/lenet",),
    "cifar10": ("cifar10/resnet18", "cifar10/vgg19", "cifar10/resnet18-linf"),
    "imagenet": ("imagenet/efficientnet-lite0",),
}
OVER_DELTA = {**OVER_LAMBDA, "cifar10": ("cifar10/resnet18", "cifar10/vgg19")}
"""The networks of which the sweeps over λ and over δ come with the project."""

FILES = sorted(paths.SHIPPED_RESULTS.glob("*.parquet"))


def shipped_experiments():
    for spec in DATASETS:
        yield paper_comparison(spec.name)
        yield paper_regions(spec.name)
        yield paper_sweep(spec.name, OVER_LAMBDA[spec.name])
        yield paper_sweep(spec.name, OVER_DELTA[spec.name], deltas=spec.sweep_deltas)
        yield from sample_grids(spec.name)
    for name in ("cifar10", "imagenet"):
        yield paper_transfer(name)
        yield from annotated_experiments(name)


def experiments_on_sets():
    """Those on pictures that do not come with the project, of which rows do."""
    for spec in DATASETS:
        for known in known_sets(spec.name):
            for planned in (paper_comparison, paper_regions, paper_sweep):
                yield planned(spec.name, pictures=known.pictures)
            yield paper_sweep(spec.name, deltas=spec.sweep_deltas, pictures=known.pictures)
            if len(available_models(spec.name)) > 1:
                yield paper_transfer(spec.name, pictures=known.pictures)


def annotated_experiments(name):
    holds = RecordStore(paths.SHIPPED_RESULTS / "nothing").holds
    annotations = shipped_annotations(name)
    for setting in SETTINGS.values():
        for model in available_models(name):
            yield annotated_pictures(name, (model,), setting, annotations, holds)


def without_block(record):
    """Return what a record measures, without how its images are put together."""
    return json.dumps(
        {key: value for key, value in record.items() if key not in ("batch", "seed")}, sort_keys=True
    )


def test_no_attack_is_stored_twice():
    counts = Counter(without_block(read_table(path).provenance["record"]) for path in FILES)
    assert [record for record, count in counts.items() if count > 1] == []


def test_every_file_is_read_by_an_experiment_of_the_paper():
    experiments = (*shipped_experiments(), *experiments_on_sets())
    parts = chain.from_iterable(experiment.parts() for experiment in experiments)
    known = {record_key(part.record) for part in parts}
    assert [path.stem for path in FILES if path.stem not in known] == []


@pytest.mark.parametrize("name", ["regions", "sweep", "transfer"])
def test_regions_sweeps_and_transfers_are_complete(name):
    store = RecordStore(paths.SHIPPED_RESULTS / "nothing")
    for experiment in shipped_experiments():
        if experiment.name == name:
            assert all(map(store.is_shipped, experiment.parts())), experiment


def test_every_comparison_has_the_attacks_of_the_paper():
    store = RecordStore(paths.SHIPPED_RESULTS / "nothing")
    for spec in DATASETS:
        stored = paper_comparison(spec.name).stored(store.holds)
        names = Counter(run.name for run in stored.attack_runs)
        networks = {run.model for run in stored.attack_runs}
        assert names["SparseFool"] == len(networks)
        if spec.name != "imagenet":
            assert (
                names["SparseFool, sparsest"] == names["JSMA"] == names["One-pixel attack"] == len(networks)
            )


def test_every_row_is_the_first_images_in_order():
    for path in FILES:
        images = list(dict.fromkeys(read_table(path).rows["image"]))  # sample grids have a row for each pair
        assert images == list(range(len(images))), path.name


def test_only_attacks_that_need_a_gpu_were_measured_in_tf32():
    marked = {
        read_table(path).provenance["record"]["attack"]
        for path in FILES
        if "precision" in read_table(path).rows and (read_table(path).rows["precision"] == "TF32").any()
    }
    assert marked <= {"jsma", "one_pixel", "sigma_zero", "fmn_l0"}


@pytest.mark.parametrize(
    "setting", [sparsefool_setting(1), AttackSetting("sparsest")], ids=lambda each: each.attack
)
def test_the_engine_gives_the_shipped_images(setting, tmp_path):
    batch = find_dataset("mnist").batch
    part = Part(AttackRecord("mnist/lenet", setting, batch), batch)
    shipped = RecordStore(tmp_path).rows(part)
    fresh = RunContext("cpu", RecordStore(tmp_path, tmp_path)).rows(part.record, 0, batch)
    same = [
        np.array_equal(one.changed_at, other.changed_at) and np.array_equal(one.changed_to, other.changed_to)
        for one, other in zip(shipped.itertuples(), fresh.itertuples(), strict=True)
    ]
    assert sum(same) >= batch - 1, "more than rounding has changed: measure the shipped rows anew"
