import dataclasses

import numpy as np
import pytest
import torch
from torch import nn

from sparsefool.analysis.overlap import chance_overlap
from sparsefool.backend.attack.request import AttackRequest
from sparsefool.backend.attack.run import run_attack
from sparsefool.backend.networks import (
    ImageResult,
    NetworksRequest,
    finished_reports,
    overlaps,
    run_networks,
    shares,
)
from sparsefool.classifier import Classifier
from sparsefool.data.pictures import Picture
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


def test_every_result_is_the_run_of_its_image_on_its_network():
    request = make_request(tuple((ask(seed), ask(seed, OTHER)) for seed in (1, 2)))
    report = run_networks(request)
    assert request.models == (TINY, OTHER)
    for runs, results in zip(request.runs, report.results, strict=True):
        for run, result in zip(runs, results, strict=True):
            assert result.report.request == run
            assert result.report.adversarial.sha256 == run_attack(run).adversarial.sha256
            assert result.changed.sum() == result.report.change_8bit.pixels > 0
            assert result.label_map.shape == result.changed.shape == (32, 32)
            assert result.label_top.sum() == result.fooling_top.sum() == 205


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


def made_result(changed, label_map, success=True, model=TINY):
    """Return a result with these pixels and this map; the fooling label has the opposite map."""
    result = run_networks(make_request(((ask(1, model),),))).results[0][0]
    report = dataclasses.replace(result.report, success_8bit=success)
    values = label_map.astype(np.float32)
    copy = ImageResult(report, values, values.max() - values)
    copy.__dict__["changed"] = changed
    return copy


DOWN = np.arange(32.0)[:, None].repeat(32, 1)


def pixels(row, columns):
    found = np.zeros((32, 32), dtype=bool)
    found[row, columns] = True
    return found


def test_shares_are_of_the_fooled_images_and_elsewhere_is_the_map_of_the_next_image():
    top, bottom = pixels(0, slice(10)), pixels(31, slice(10))
    results = [
        made_result(top, 31 - DOWN),
        made_result(bottom, DOWN),
        made_result(top, DOWN, success=False),
    ]
    found = shares(results)
    assert found.label == (1.0, 1.0)
    assert found.fooling == (0.0, 0.0)
    assert found.elsewhere == (0.0, 1.0), (
        "of the second, the next one is not fooled, and has a map all the same"
    )
    assert found.centre == (0.0, 0.0)
    assert shares(results[:2]).elsewhere == (0.0, 0.0), "after the last comes the first"
    assert shares([made_result(top, 31 - DOWN), *results]).elsewhere == (1.0, 0.0, 1.0)
    assert shares(results[:1]).elsewhere == ()


def made_report(changed, success=True, model=TINY):
    """Return a report on a picture of which these pixels are changed."""
    report = run_networks(make_request(((ask(1, model),),))).results[0][0].report
    before = np.zeros((*changed.shape, 3), dtype=np.uint8)
    request = dataclasses.replace(report.request, picture=Picture(before, "before"))
    after = Picture(before + changed[:, :, None].astype(np.uint8), "after")
    return dataclasses.replace(report, request=request, adversarial=after, success_8bit=success)


def test_the_overlap_counts_only_images_that_fooled_both_networks():
    both = [made_report(pixels(0, slice(4))), made_report(pixels(0, slice(2, 6)), model=OTHER)]
    apart = [made_report(pixels(0, [0])), made_report(pixels(9, [9]), success=False, model=OTHER)]
    (overlap,) = overlaps([both, apart])
    assert (overlap.models, overlap.n, overlap.shared.value) == ((TINY, OTHER), 1, 2 / 6)
    assert overlap.random == chance_overlap(4, 4, 1024)
    (nothing,) = overlaps([apart])
    assert nothing.n == 0
    assert np.isnan([nothing.shared.value, nothing.random]).all()


def test_images_of_two_sizes_do_not_overlap_and_one_network_alone_has_no_pair():
    large = [made_report(pixels(0, [0])), made_report(np.ones((28, 28), dtype=bool), model=OTHER)]
    (overlap,) = overlaps([large])
    assert overlap.n == 0
    assert overlaps([large[:1]]) == []


def test_what_has_been_run_is_there_without_running_and_the_rest_is_not(classifier):
    report = run_networks(make_request(((ask(1),),))).results[0][0].report
    before = classifier.forwards
    known, unknown = finished_reports(make_request(((ask(1),), (ask(1, delta=77.0),))))
    assert classifier.forwards == before
    assert known[0] is not None
    assert known[0].adversarial.sha256 == report.adversarial.sha256
    assert unknown == (None,)
