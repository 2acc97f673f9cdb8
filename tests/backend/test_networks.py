import dataclasses

import numpy as np
import pytest
import torch
from torch import nn

from sparsefool.backend.attack.request import AttackRequest
from sparsefool.backend.attack.run import run_attack
from sparsefool.backend.networks import Cell, NetworksRequest, run_networks, shares
from sparsefool.classifier import Classifier
from sparsefool.data.specs import class_names
from sparsefool.errors import Cancelled, ParameterError
from tests.tiny_model import TINY, put_in_place, tiny_picture

OTHER = "cifar10/vgg19"


@pytest.fixture(autouse=True)
def classifier(monkeypatch):
    torch.manual_seed(3)
    module = nn.Sequential(nn.Conv2d(3, 4, 5, 3), nn.Tanh(), nn.Flatten(), nn.Linear(400, 10))
    made = Classifier(module, (0.5,) * 3, (0.5,) * 3, class_names("cifar10"), TINY)
    put_in_place(monkeypatch, made)
    return made


def make_request(runs):
    return NetworksRequest(runs, tuple("cat" for _ in runs))


def ask(seed, model=TINY, **parameters):
    return AttackRequest(model, tiny_picture(seed), device="cpu", **parameters)


class Watcher:
    def __init__(self, limit=None):
        self.limit = limit
        self.told = []

    def report(self, done, total, text, _payload=None):
        self.told.append((done, total, text))

    def check(self):
        if self.limit is not None and len(self.told) >= self.limit:
            raise Cancelled("enough")


def test_every_cell_is_the_run_of_its_image_on_its_network():
    request = make_request(tuple((ask(seed), ask(seed, OTHER)) for seed in (1, 2)))
    report = run_networks(request)
    assert request.models == (TINY, OTHER)
    for runs, cells in zip(request.runs, report.cells, strict=True):
        for run, cell in zip(runs, cells, strict=True):
            assert cell.report.request == run
            assert cell.report.adversarial.sha256 == run_attack(run).adversarial.sha256
            assert cell.changed.sum() == cell.report.change_8bit.pixels > 0
            assert cell.label_map.shape == cell.changed.shape == (32, 32)
            assert cell.label_top.sum() == cell.fooling_top.sum() == 205


def test_progress_counts_the_runs_and_a_cancel_ends_them():
    request = make_request(tuple((ask(seed),) for seed in (1, 2, 3)))
    watcher = Watcher(limit=3)
    with pytest.raises(Cancelled):
        run_networks(request, watcher)
    assert [(done, total) for done, total, _ in watcher.told] == [(0, 3), (0, 0), (1, 3)]
    assert watcher.told[1][2] == f"Loading {TINY}"
    assert f"{TINY}, noise.png: run 2 of 3" in watcher.told[2][2]


def test_one_more_image_does_not_attack_the_others_again(classifier):
    run_networks(make_request(((ask(1),), (ask(2),))))
    before = classifier.forwards
    run_networks(make_request(((ask(1),), (ask(2),))))
    assert classifier.forwards == before
    run_networks(make_request(((ask(1, delta=99.0),),)))
    assert classifier.forwards > before


def test_requests_that_make_no_table_are_refused():
    with pytest.raises(ParameterError, match="at least one image and one network"):
        make_request(())
    with pytest.raises(ParameterError, match=r"at most 200 pairs of both; these are 201"):
        make_request(tuple((ask(1),) for _ in range(201)))
    with pytest.raises(ParameterError, match="same networks in the same order"):
        make_request(((ask(1), ask(1, OTHER)), (ask(2, OTHER), ask(2))))


def made_cell(changed, label_map, success=True):
    """Return a cell with the given perturbed pixels and map, and the opposite map for the fooling label."""
    cell = run_networks(make_request(((ask(1),),))).cells[0][0]
    report = dataclasses.replace(cell.report, success_8bit=success)
    values = label_map.astype(np.float32)
    copy = Cell(report, values, values.max() - values)
    copy.__dict__["changed"] = changed
    return copy


def test_shares_are_of_the_fooled_images_and_the_control_is_another_images_map():
    rows = np.arange(32.0)[:, None].repeat(32, 1)
    top, bottom = np.zeros((32, 32), dtype=bool), np.zeros((32, 32), dtype=bool)
    top[0, :10] = bottom[31, :10] = True
    cells = [made_cell(top, 31 - rows), made_cell(bottom, rows), made_cell(top, rows, success=False)]
    found = shares(cells)
    assert found.label == (1.0, 1.0)
    assert found.fooling == (0.0, 0.0)
    assert found.elsewhere == (0.0, 0.0)
    assert found.centre == (0.0, 0.0)
    assert shares([made_cell(top, 31 - rows), *cells]).elsewhere[0] == 0.5
    assert shares(cells[:1]).elsewhere == ()
