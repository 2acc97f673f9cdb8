import numpy as np
import pytest
import torch

from sparsefool.attacks import GRADIENT_GROWTH, check_8_bit, find_boundary, sparsefool
from sparsefool.backend.attack import first_boundary
from sparsefool.backend.recently_used import RecentlyUsed
from sparsefool.backend.sweeps.request import SweepRequest
from sparsefool.backend.sweeps.run import run_sweep
from sparsefool.errors import Cancelled, ParameterError
from sparsefool.experiments import pair_attacks
from sparsefool.experiments.pair_attacks import attack_grid
from tests.attacks.networks import random_images, small_network
from tests.backend.listening import Listening
from tests.tiny_model import TINY, put_in_place, tiny_classifier, tiny_picture

LAMBDAS, DELTAS = (1.0, 3.0), (20.0, 60.0, 255.0)


@pytest.fixture(autouse=True)
def classifier(monkeypatch):
    network = tiny_classifier()
    put_in_place(monkeypatch, network)
    monkeypatch.setattr(first_boundary, "_kept", RecentlyUsed(4))
    return network


def request(**changes):
    usual = {"model": TINY, "picture": tiny_picture(), "lambdas": LAMBDAS, "deltas": DELTAS, "device": "cpu"}
    return SweepRequest(**(usual | changes))


def test_all_pairs_in_one_batch_give_what_separate_attacks_give_and_find_no_boundary_again():
    network, images = small_network(), random_images(4)
    grid = [(1.0, 255.0), (3.0, 255.0), (3.0, 40.0)]
    for image in images.split(1):
        boundary = find_boundary(network, image, max_gradient_growth=GRADIENT_GROWTH)
        before = network.forwards + network.backwards
        result = attack_grid(
            network,
            image,
            grid,
            boundary,
            max_iter=50,
            num_candidates=10,
            observer=lambda _: None,
            check=lambda: None,
        )
        spent = network.forwards + network.backwards - before
        assert spent == int((result.forwards + result.backwards).sum())
        for row, (lambda_, delta) in enumerate(grid):
            alone = sparsefool(
                network, image, lambda_=lambda_, delta=delta, max_gradient_growth=GRADIENT_GROWTH
            )
            assert torch.equal(result.success[row : row + 1], alone.success)
            found = result.adversarial[row : row + 1]
            torch.testing.assert_close(found, alone.adversarial, rtol=0, atol=1e-4)
            assert result.forwards[row] == alone.forwards[0] - boundary.forwards[0]


def test_each_point_is_what_a_separate_attack_gives(classifier):
    report = run_sweep(request())
    images = tiny_picture().tensor()
    assert [(each.lambda_, each.delta) for each in report.points] == list(request().grid)
    for point in report.points:
        alone = sparsefool(classifier, images, lambda_=point.lambda_, delta=point.delta)
        check = check_8_bit(classifier, alone, point.delta)
        assert point.pixels == int(check.pixels_changed[0])
        assert point.after.label == int(check.labels[0])
        assert point.success == bool(check.success[0])
        assert point.iterations == int(alone.iterations[0])


def test_pictures_obey_their_box_and_the_numbers_are_about_them():
    before = tiny_picture().pixels.astype(int)
    for point in run_sweep(request()).points:
        change = np.abs(point.adversarial.pixels - before)
        assert change.max() == round(point.max_change) <= point.delta
        assert point.pixels == (change > 0).any(axis=2).sum()
        assert point.mean_change == pytest.approx(change[change > 0].mean(), rel=1e-4)
        assert 0 < point.ssim < 1
        assert point.psnr == pytest.approx(20 * np.log10(255) - 10 * np.log10((change**2).mean()), rel=1e-5)


def test_all_delta_together_cost_less_than_one_by_one(classifier):
    before = classifier.forwards + classifier.backwards
    report = run_sweep(request(lambdas=(3.0,)))
    together = classifier.forwards + classifier.backwards - before - len(DELTAS)
    assert together == report.forwards + report.backwards
    images = tiny_picture().tensor()
    separate = [sparsefool(classifier, images, lambda_=3.0, delta=delta) for delta in DELTAS]
    assert together < sum(int((each.forwards + each.backwards).sum()) for each in separate)


def test_another_lambda_does_not_find_the_first_linearisation_again(classifier, monkeypatch):
    run_sweep(request(lambdas=(3.0,)))
    asked = classifier.forwards + classifier.backwards
    second = run_sweep(request(lambdas=(2.0,)))
    asked = classifier.forwards + classifier.backwards - asked - len(DELTAS)
    assert asked == second.forwards + second.backwards
    monkeypatch.setattr(first_boundary, "_kept", RecentlyUsed(4))
    alone = run_sweep(request(lambdas=(2.0,)))
    assert second.forwards < alone.forwards
    assert second.backwards < alone.backwards
    assert [each.pixels for each in second.points] == [each.pixels for each in alone.points]


def test_small_batches_change_nothing_and_progress_goes_on(monkeypatch):
    whole = run_sweep(request())
    monkeypatch.setattr(pair_attacks, "PIXELS_AT_ONCE", 4 * 32 * 32)
    listening = Listening()
    parts = run_sweep(request(), listening)
    assert [each.pixels for each in parts.points] == [each.pixels for each in whole.points]
    done = [done for done, *_ in listening.reports]
    assert done == sorted(done)
    counts = [len(payload) for *_, payload in listening.reports if payload is not None]
    assert counts == sorted(counts)
    assert counts[-1] > 4
    assert any("batch 2 of 2" in text for _, _, text, _ in listening.reports)


def test_each_picture_is_reported_as_soon_as_it_is_done():
    listening = Listening()
    report = run_sweep(request(lambdas=(1.0,), deltas=(2.0, 20.0, 255.0)), listening)
    final = {point.delta: point for point in report.points}
    payloads = [payload for *_, payload in listening.reports if payload is not None]
    assert len(payloads[0]) < len(final), "the smallest δ takes more iterations than the largest"
    for point in payloads[0]:
        assert point.success
        assert np.array_equal(point.adversarial.pixels, final[point.delta].adversarial.pixels)
        assert point.iterations == 1
    assert len({len(payload) for payload in payloads}) > 1


@pytest.mark.parametrize("checks", [0, 1, 3])
def test_cancelling_reaches_into_the_attack(checks):
    with pytest.raises(Cancelled, match="enough"):
        run_sweep(request(), Listening(checks))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"lambdas": (0.5,)}, "λ must be"),
        ({"deltas": (-1.0,)}, "δ must be from 0 to 255"),
        ({"deltas": ()}, "at least one δ"),
        ({"lambdas": (2.0, 2.0)}, "none twice"),
        ({"deltas": tuple(range(1, 250))}, "too many"),
        ({"max_iter": 0}, "limit of iterations"),
    ],
)
def test_impossible_requests_are_refused(changes, message):
    with pytest.raises(ParameterError, match=message):
        request(**changes)
