"""What is on disk, or decided by it, does not follow the names in the source."""

import dataclasses
import json
import re

import pytest

from sparsefool.experiments.experiment import identity
from sparsefool.experiments.paper.comparison import paper_comparison
from sparsefool.experiments.paper.experiments import paper_regions, paper_sweep, paper_transfer
from sparsefool.experiments.records import attack_settings
from sparsefool.experiments.records.attack_settings import COMPARED, AttackSetting, seed_of

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


@pytest.mark.parametrize("planned", [paper_comparison, paper_sweep, paper_transfer, paper_regions])
def test_descriptions_and_their_records_are_ready_for_json_and_name_no_class(planned):
    experiment = planned("cifar10", ("cifar10/resnet18", "cifar10/vgg19"))
    for described in (experiment.describe(), *(part.record.describe() for part in experiment.parts())):
        text = json.dumps(described)
        assert not re.search("Record|Setting|AttackRun|Comparison|title", text)


FIELDS = {
    "sweep": {"models", "lambdas", "deltas", "images", "batch"},
    "transfer": {"models", "lambda_", "delta", "images", "batch"},
    "regions": {"models", "lambda_", "delta", "images", "batch"},
    "comparison": {"runs"},
}


@pytest.mark.parametrize("planned", [paper_comparison, paper_sweep, paper_transfer, paper_regions])
def test_what_the_experiments_are_called_on_disk(planned):
    experiment = planned("cifar10", ("cifar10/resnet18", "cifar10/vgg19"))
    assert set(experiment.describe()) == FIELDS[experiment.name]


def test_an_identity_is_for_ever():
    experiment = paper_transfer("cifar10", ("cifar10/resnet18", "cifar10/vgg19"))
    assert identity(experiment) == "c6f7012c44c6"
    assert identity(dataclasses.replace(experiment, delta=254.0)) != identity(experiment)
