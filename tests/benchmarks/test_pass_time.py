import pytest
import torch
from torch import nn

from sparsefool.benchmarks import pass_time
from sparsefool.benchmarks.competitors import ENGINE
from sparsefool.benchmarks.pass_time import PassTime, PassTimer, floor, time_passes
from sparsefool.benchmarks.speed import compare_speed, load_competitors
from sparsefool.classifier import Classifier
from tests.attacks.networks import random_images, small_network


class _Clock:
    """A clock that only the passes of a network advance: each forward by 4 seconds, each backward by 12."""

    def __init__(self):
        self.seconds = 0.0

    def now(self, _device):
        return self.seconds

    def network(self):
        class Passes(torch.autograd.Function):
            @staticmethod
            def forward(context, images):
                self.seconds += 4
                context.shape = images.shape
                return images.flatten(1)[:, :3].clone()

            @staticmethod
            def backward(context, _gradient):
                self.seconds += 12
                return torch.ones(context.shape)

        class Network(nn.Module):
            def forward(self, images):
                return Passes.apply(images)

        return Classifier(Network(), mean=(0.5,), std=(0.5,))


@pytest.fixture
def clock(monkeypatch):
    clock = _Clock()
    monkeypatch.setattr(pass_time, "now", clock.now)
    return clock


@pytest.fixture(autouse=True)
def _short_samples(monkeypatch):
    monkeypatch.setattr(pass_time, "SAMPLE_SECONDS", 0.0)


@pytest.mark.parametrize("n", [1, 4])
def test_forward_and_backward_are_timed_apart_and_per_image(clock, n):
    assert time_passes(clock.network(), random_images(n, channels=1)) == (4 / n, 12 / n)


def test_a_sample_repeats_passes_for_as_long_as_it_should(clock, monkeypatch):
    monkeypatch.setattr(pass_time, "SAMPLE_SECONDS", 40.0)
    time_passes(clock.network(), random_images(1, channels=1))
    assert clock.seconds == 48


def test_what_is_timed_is_the_network_that_attacks_use():
    module = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.Flatten(), nn.Linear(64, 3))
    classifier = Classifier(module, mean=(0.5,) * 3, std=(0.5,) * 3)
    with classifier.held(random_images(1)):
        folded = classifier.network
    assert folded is not module
    passed = []
    folded.register_forward_hook(lambda *_: passed.append(True))
    time_passes(classifier, random_images(2))
    assert passed


def test_each_repetition_is_the_median_of_its_samples(monkeypatch):
    given = iter([(1.0, 10.0), (5.0, 50.0), (3.0, 30.0), (7.0, 70.0)])
    monkeypatch.setattr(pass_time, "time_passes", lambda *_: next(given))
    timer = PassTimer(small_network(), random_images(2), [2, 2])
    timer.begin_repetition()
    for _ in range(3):
        timer.sample()
    timer.begin_repetition()
    timer.sample()
    assert timer.times() == (PassTime(2, (3.0, 7.0), (30.0, 70.0)),)


def test_batches_are_as_large_as_asked_and_one_that_does_not_fit_is_left_out(monkeypatch):
    sizes = []

    def time_some(_, images):
        sizes.append(len(images))
        if len(images) > 5:
            raise torch.OutOfMemoryError
        return 1.0, 1.0

    monkeypatch.setattr(pass_time, "time_passes", time_some)
    timer = PassTimer(small_network(), random_images(2), [8, 1, 5])
    timer.begin_repetition()
    timer.sample()
    timer.sample()
    assert sizes == [1, 5, 8, 1, 5]
    assert [each.batch_size for each in timer.times()] == [1, 5]


def test_other_errors_are_not_swallowed(monkeypatch):
    def fail(*_):
        raise RuntimeError("no kernel")

    monkeypatch.setattr(pass_time, "time_passes", fail)
    timer = PassTimer(small_network(), random_images(2), [1, 2])
    timer.begin_repetition()
    with pytest.raises(RuntimeError, match="no kernel"):
        timer.sample()


def test_the_floor_takes_each_kind_of_pass_at_its_own_best_batch():
    passes = [PassTime(1, (4.0, 6.0, 5.0), (2.0, 2.0, 9.0)), PassTime(8, (1.0, 3.0, 2.0), (3.0, 3.0, 3.0))]
    assert floor(passes, 10, 100) == (10 * 1 + 100 * 2, 10 * 3 + 100 * 2, 10 * 2 + 100 * 9)


def test_a_comparison_times_single_images_its_batches_and_a_few_images_in_the_same_run():
    ready, _ = load_competitors([])
    measured = compare_speed(small_network(), random_images(3), ready, batch_sizes=(3,), repetitions=2)
    assert [each.batch_size for each in measured.passes] == [1, 3, 8]
    assert all(len(each.forward) == len(each.backward) == 2 for each in measured.passes)
    (row,) = measured.rows
    assert row.competitor == ENGINE.name
    least = floor(measured.passes, row.forwards, row.backwards)
    assert row.times_floor == tuple(a / b for a, b in zip(row.seconds, least, strict=True))
