import pytest

from sparsefool.analysis.paper.figures import PAPER_FIGURES
from sparsefool.data.specs import find_dataset
from sparsefool.experiments.paper import reproduction
from sparsefool.experiments.paper.reproduction import FULL, PLACES, QUICK, USUAL, paper_networks
from sparsefool.zoo.loading import is_available
from sparsefool.zoo.specs import MODELS


def runs(scale):
    pieces = reproduction.reproduction(scale)
    compared = [piece.experiment for piece in pieces if piece.place in ("Table 1", "Table 2")]
    return [run for experiment in compared for run in experiment.attack_runs]


@pytest.mark.parametrize("scale", [QUICK, USUAL, FULL], ids=lambda scale: scale.name)
def test_the_pieces_come_in_the_papers_order_and_can_be_measured(scale):
    pieces = reproduction.reproduction(scale)
    places = [PLACES.index(piece.place) for piece in pieces]
    assert places == sorted(places)
    assert set(places) == set(range(len(PLACES)))
    assert all(piece.experiment.tasks() for piece in pieces)


@pytest.mark.parametrize("scale", [USUAL, FULL], ids=lambda scale: scale.name)
def test_every_figure_of_the_paper_on_a_network_that_is_here_is_measured(scale):
    planned = {(run.model, run.name) for run in runs(scale)}
    here = [figure for figure in PAPER_FIGURES if is_available(figure.model)]
    assert len(here) >= 10
    assert {(figure.model, figure.attack) for figure in here} <= planned


def test_only_the_papers_attacks_are_measured():
    assert {run.record.setting.attack for run in runs(USUAL)} == set(USUAL.attacks)
    assert "one_pixel" not in {run.record.setting.attack for run in runs(QUICK)}


def test_the_full_scale_gives_every_attack_all_images_and_the_one_pixel_attack_the_papers():
    for run in runs(FULL):
        there = find_dataset(run.model.partition("/")[0]).test_images
        assert run.images == min(there, 100 if run.record.setting.attack == "one_pixel" else there)


def test_the_papers_networks_are_taken_where_their_weights_are_here(monkeypatch):
    theirs = [spec.name for spec in MODELS if spec.dataset == "imagenet" and spec.download]
    assert not set(paper_networks("imagenet")) & set(theirs)
    monkeypatch.setattr(reproduction, "is_available", lambda name: name == theirs[0])
    assert paper_networks("imagenet") == (theirs[0],)
