"""What is on disk, or decided by it, does not follow the names in the source."""

import dataclasses

import pytest

from sparsefool import paths
from sparsefool.experiments import attack_settings
from sparsefool.experiments.attack_settings import COMPARED, AttackSetting, seed_of
from sparsefool.experiments.experiment import identity, identity_of
from sparsefool.experiments.paper import paper_comparison, paper_regions, paper_sweep, paper_transfer
from sparsefool.store.tables import read_table

DRAWN = {
    ("random_pixels", (), "mnist/lenet", 0): 31181489363141,
    ("jsma", (), "cifar10/vgg19", 40): 169682164943081,
    ("one_pixel", (("max_pixels", 5),), "cifar10/resnet18", 3): 118898279217866,
}
"""Seeds with which the shipped rows were drawn."""


@pytest.mark.parametrize("drawn", DRAWN, ids=lambda drawn: drawn[0])
def test_the_seeds_are_those_of_the_shipped_rows(drawn):
    attack, parameters, model, first = drawn
    assert seed_of(AttackSetting(attack, parameters), 0, model, first) == DRAWN[drawn]


def test_a_title_or_a_class_that_is_renamed_changes_no_seed_and_no_description(monkeypatch):
    before = seed_of(AttackSetting("jsma"), 0, "mnist/lenet", 0)
    described = paper_comparison("mnist", ["mnist/lenet"]).describe()

    class Renamed(AttackSetting):
        pass

    retitled = tuple(dataclasses.replace(spec, title=f"{spec.title}, improved") for spec in COMPARED)
    monkeypatch.setattr(attack_settings, "COMPARED", retitled)
    assert seed_of(Renamed("jsma"), 0, "mnist/lenet", 0) == before
    assert paper_comparison("mnist", ["mnist/lenet"]).describe() == described


PLANNED = {
    "comparison-mnist": paper_comparison("mnist"),
    "lambda-cifar10": paper_sweep("cifar10", ("cifar10/resnet18", "cifar10/vgg19")),
    "transfer-cifar10": paper_transfer("cifar10"),
    "regions-cifar10": paper_regions("cifar10"),
}


@pytest.mark.parametrize("name", PLANNED)
def test_the_shipped_tables_are_described_as_the_experiments_describe_themselves(name):
    note = read_table(paths.SHIPPED_RESULTS / f"{name}.parquet").provenance
    described = PLANNED[name].describe()
    assert set(note["description"]) == set(described)
    if name == "comparison-mnist":
        assert set(note["description"]["contests"][0]) == set(described["contests"][0])
        assert set(note["description"]["contests"][0]["setting"]) == set(described["contests"][0]["setting"])
    assert identity_of(note["experiment"], note["description"], note["weights_sha256"]) == note["identity"]


@pytest.mark.parametrize("name", ["lambda-cifar10", "transfer-cifar10", "regions-cifar10"])
def test_the_experiments_of_the_shipped_tables_have_their_identity(name):
    note = read_table(paths.SHIPPED_RESULTS / f"{name}.parquet").provenance
    assert identity(PLANNED[name]) == note["identity"]
