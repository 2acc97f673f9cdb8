import time

import pytest
import torch

from sparsefool.attacks import find_attack
from sparsefool.backend.passes import largest_batch
from sparsefool.backend.passes.largest_batch import (
    LONGEST_PASS,
    MEMORY_SHARE,
    MOST_IMAGES_CPU,
    MOST_IMAGES_GPU,
    PASS_COST_CPU,
    LargestBatch,
)
from sparsefool.backend.passes.shared_passes import SharedPasses
from tests.backend.passes.networks import at_once, counting, pictures

CPU, GPU = torch.device("cpu"), torch.device("cuda:0")


def test_before_anything_is_measured_it_is_as_large_as_it_may_be():
    assert LargestBatch(CPU).images == MOST_IMAGES_CPU
    assert LargestBatch(GPU).images == MOST_IMAGES_GPU


@pytest.mark.parametrize("each", [0.02, 0.05, 0.1])
def test_on_a_cpu_a_pass_takes_no_longer_than_a_bound(each):
    largest = LargestBatch(CPU)
    for images in (1, 5, 30):
        largest.took(images, each * (images + PASS_COST_CPU))
    assert (largest.images + PASS_COST_CPU) * each <= LONGEST_PASS < (largest.images + 4) * each


def test_a_network_that_is_slower_than_the_bound_passes_one_by_one_and_a_fast_one_is_not_held_up():
    slow, fast = LargestBatch(CPU), LargestBatch(CPU)
    slow.took(1, 60.0)
    fast.took(1, 1e-4)
    assert (slow.images, fast.images) == (1, MOST_IMAGES_CPU)


def test_one_slow_pass_among_many_is_soon_forgotten():
    largest = LargestBatch(CPU)
    largest.took(8, 10.0)
    assert largest.images == 1
    for _ in range(30):
        largest.took(8, 0.01)
    assert largest.images == MOST_IMAGES_CPU


def test_on_a_gpu_it_follows_from_the_memory_that_is_free(monkeypatch):
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda _: (80 * 2**30, 80 * 2**30))
    largest = LargestBatch(GPU)
    largest.kept(4, 4 * 2**30)
    assert largest.images == MEMORY_SHARE * 80
    largest.kept(2, 20 * 2**30)
    assert largest.images == MEMORY_SHARE * 80, "another thread has taken the rest"
    largest.kept(2, -(2**30))
    assert largest.images == MEMORY_SHARE * 80


def test_where_memory_ends_it_is_halved_and_grows_again():
    largest = LargestBatch(CPU)
    largest.was_too_large(20)
    assert largest.images == 10
    for expected in (11, 12):
        with largest.measured(largest.images, with_graph=True):
            pass
        assert largest.images == expected
    with largest.measured(3, with_graph=False):
        pass
    assert largest.images == 12
    for _ in range(9):
        largest.was_too_large(largest.images)
    assert largest.images == 1


def test_a_slow_network_passes_few_images_at_a_time(monkeypatch):
    monkeypatch.setattr(largest_batch, "LONGEST_PASS", 0.06)
    network, classifier = counting()
    forward = network.forward

    def slow(images):
        time.sleep(0.01 * (len(images) + PASS_COST_CPU))
        return forward(images)

    network.forward = slow
    results = at_once(SharedPasses(classifier), find_attack("sparsefool").run, pictures())
    assert all(bool(result.success) for result in results)
    assert len(network.sizes) > 1
    assert max(network.sizes[1:]) <= 4, "the first pass was measured"


def test_what_is_given_is_not_measured():
    largest = LargestBatch(CPU, fixed=5)
    largest.took(5, 60.0)
    assert largest.images == 5
