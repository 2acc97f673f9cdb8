import threading

import pytest
import torch
from torch import nn

from sparsefool.training.data_parallel import DataParallel
from tests.training.tiny_training import build


def add_gradients(replica, images):
    loss = replica(images).square().sum()
    loss.backward()
    return loss.item()


def images_of(n, seed=0):
    return torch.rand(n, 3, 12, 12, generator=torch.Generator().manual_seed(seed))


def test_without_batch_statistics_two_shares_are_the_whole_batch():
    module, images = build().eval(), images_of(10)
    add_gradients(module, images)
    expected = [weight.grad.clone() for weight in module.parameters()]
    module.zero_grad()
    DataParallel(module, 2).map(add_gradients, images)
    for weight, gradient in zip(module.parameters(), expected, strict=True):
        torch.testing.assert_close(weight.grad, gradient)


def test_each_share_has_statistics_of_its_own_and_the_network_gets_their_mean():
    module, images = nn.Sequential(nn.BatchNorm2d(3, momentum=1.0)).train(), images_of(8)
    images[4:] += 1
    parallel = DataParallel(module, 2)
    parallel.map(add_gradients, images)
    halves = [half.mean(dim=(0, 2, 3)) for half in images.chunk(2)]
    torch.testing.assert_close(module[0].running_mean, (halves[0] + halves[1]) / 2)
    assert module[0].num_batches_tracked == 1
    parallel.map(add_gradients, images)
    assert module[0].num_batches_tracked == 2


def test_loaded_statistics_reach_every_replica():
    module = nn.Sequential(nn.BatchNorm2d(3, momentum=0.0)).train()
    parallel = DataParallel(module, 2)
    module[0].running_mean.fill_(5.0)
    parallel.map(add_gradients, images_of(8))
    assert module[0].running_mean.tolist() == [5.0, 5.0, 5.0]


def test_shares_come_back_in_order_and_have_threads_of_their_own():
    barrier = threading.Barrier(2, timeout=10)

    def work(_, rows):
        barrier.wait()
        return rows.tolist()

    assert DataParallel(build(), 2).map(work, torch.arange(6)) == [[0, 1, 2], [3, 4, 5]]


def test_the_order_of_the_threads_does_not_matter():
    gradients = []
    for late in (0, 1):
        torch.manual_seed(1)
        module = build().train()
        first = threading.Event()

        def work(replica, images, late=late, module=module, first=first):
            index = int(replica is not module)
            if index == late:
                first.wait(10)
            add_gradients(replica, images)
            first.set()

        DataParallel(module, 2).map(work, images_of(9))
        gradients.append([weight.grad for weight in module.parameters()])
    assert all(torch.equal(a, b) for a, b in zip(*gradients, strict=True))


def test_an_error_in_one_share_is_not_lost():
    def work(*_):
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        DataParallel(build(), 2).map(work, torch.arange(4))
