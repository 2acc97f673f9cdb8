"""What all attacks that SparseFool is compared with have in common."""

import dataclasses
from functools import partial

import pytest
import torch
from torch import nn

from sparsefool.attacks import jsma, l1_deepfool, one_pixel, random_pixels, sigma_zero
from sparsefool.classifier import Classifier
from sparsefool.errors import ParameterError
from sparsefool.types import AttackResult, Outcome
from tests.attacks.networks import random_images, small_network

RANDOM = {
    "jsma": partial(jsma, gamma=0.4),
    "one_pixel": partial(one_pixel, population=12, max_iter=6, max_pixels=3),
    "random_pixels": partial(random_pixels, counts=12),
}
PLAIN = {
    "l1_deepfool": l1_deepfool,
    "l1_deepfool-end": partial(l1_deepfool, clipping="end"),
    "l1_deepfool-loop": partial(l1_deepfool, clipping="loop"),
    "sigma_zero": partial(sigma_zero, max_iter=40),
}


def seeded(name, seed=0):
    attack = (PLAIN | RANDOM)[name]
    return attack if name in PLAIN else partial(attack, generator=torch.Generator().manual_seed(seed))


@pytest.fixture(params=[*PLAIN, *RANDOM])
def name(request):
    return request.param


def test_passes_are_counted_as_the_network_counts_them(network, images, name):
    result = seeded(name)(network, images)
    assert int(result.forwards.sum()) == network.forwards
    assert int(result.backwards.sum()) == network.backwards


def test_the_observer_sees_every_iteration_and_changes_nothing(network, images, name):
    events = []
    watched, alone = seeded(name)(network, images, observer=events.append), seeded(name)(network, images)
    for field in dataclasses.fields(AttackResult):
        assert torch.equal(getattr(watched, field.name), getattr(alone, field.name)), field.name
    assert [event.iteration for event in events] == list(range(1, int(watched.iterations.max()) + 1))
    taken_part = sum(torch.bincount(event.rows, minlength=len(images)) for event in events)
    assert torch.equal(taken_part, watched.iterations)
    for event in events:
        torch.testing.assert_close(network(event.images), event.logits)


def test_what_the_observer_raises_ends_the_attack(network, images, name):
    def stop(_):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        seeded(name)(network, images, observer=stop)


def test_a_target_is_reached_or_the_attack_has_failed(network, images, name):
    targets = network(images).topk(2).indices[:, 1]
    result = seeded(name)(network, images, target=targets)
    assert torch.equal(result.success, network(result.adversarial).argmax(1) == targets)
    assert torch.equal(result.success, result.outcomes == Outcome.FOOLED)
    assert result.success.any() or name in ("l1_deepfool-end", "l1_deepfool-loop")  # clipping spoils these


def test_an_image_that_already_has_another_label_needs_nothing(network, images, name):
    labels = network(images).argmax(1)
    labels[::2] = (labels[::2] + 1) % 5
    result = seeded(name)(network, images, labels)
    assert result.success[::2].all()
    assert (result.iterations[::2] == 0).all()
    assert (result.iterations[1::2] > 0).all()
    assert torch.equal(result.adversarial[::2], images[::2])


def test_when_all_images_are_finished_at_once_nothing_happens(network, images, name):
    labels = (network(images).argmax(1) + 1) % 5
    assert (seeded(name)(network, images, labels).forwards == 1).all()


class _NanBeyond(nn.Module):
    """Finite at the grey image, NaN as soon as something changes."""

    def forward(self, images):
        total = images.flatten(1).sum(1, keepdim=True)
        logits = torch.cat([1.5 * images.shape[2] - total, 0.3 * total], dim=1)
        return torch.where((images != 0.5).flatten(1).any(1, keepdim=True), torch.nan, logits)


class _AllNan(nn.Module):
    def forward(self, images):
        return images.flatten(1)[:, :2] * torch.nan


@pytest.mark.parametrize("module", [_NanBeyond(), _AllNan()])
@pytest.mark.parametrize("labels", [None, torch.tensor([1])])
def test_a_nan_is_never_a_success(name, module, labels):
    network = Classifier(module, (0.0,), (1.0,))
    image = torch.full((1, 1, 4, 4), 0.5)
    if labels is not None and isinstance(module, _NanBeyond):
        labels = network(image).argmax(1)
    arguments = {"gamma": 1.0, "theta": -1.0} if name == "jsma" else {}
    result = seeded(name)(network, image, labels, **arguments)
    assert not result.success.any()
    assert result.outcomes.tolist() == [Outcome.NOT_FINITE]


class _Constant(nn.Module):
    def forward(self, images):
        return torch.tensor([2.0, 1.0, 0.0]) + 0 * images.flatten(1).sum(1, keepdim=True)


def test_a_network_without_a_gradient_is_reported_as_such(name):
    events = []
    network = Classifier(_Constant(), (0.0,), (1.0,))
    result = seeded(name)(network, random_images(2, 1, 5, 5), observer=events.append)
    assert all(len(event.rows) == 2 for event in events)  # none without an image
    expected = (
        Outcome.ITERATIONS_EXHAUSTED if name in ("one_pixel", "random_pixels") else Outcome.GRADIENT_VANISHED
    )
    assert result.outcomes.tolist() == [expected] * 2


@pytest.mark.parametrize("name", PLAIN)
def test_a_batch_equals_its_images(name):
    network, images = small_network().double(), random_images(8).double()
    batch = PLAIN[name](network, images)
    for i in range(len(images)):
        single = PLAIN[name](network, images[i : i + 1])
        torch.testing.assert_close(single.adversarial[0], batch.adversarial[i], atol=1e-6, rtol=0)
        assert single.iterations[0] == batch.iterations[i]
        assert single.forwards[0] == batch.forwards[i]


@pytest.mark.parametrize("name", RANDOM)
def test_without_a_generator_torch_s_own_seed_counts(network, images, name):
    torch.manual_seed(0)
    first = RANDOM[name](network, images)
    again = RANDOM[name](network, images)
    torch.manual_seed(0)
    assert torch.equal(RANDOM[name](network, images).adversarial, first.adversarial)
    assert not torch.equal(again.adversarial, first.adversarial)


@pytest.mark.parametrize(
    ("n", "channels", "height", "width", "classes"), [(1, 1, 1, 2, 2), (3, 1, 7, 4, 2), (2, 3, 5, 9, 30)]
)
def test_shapes_of_every_kind_work(name, n, channels, height, width, classes):
    network = small_network(channels, height, width, classes)
    images = random_images(n, channels, height, width)
    arguments = {"counts": 1} if name == "random_pixels" else {}
    result = seeded(name)(network, images, **arguments)
    assert result.adversarial.shape == images.shape
    assert torch.equal(network(result.adversarial).argmax(1) != result.labels, result.success)


def test_bad_images_are_refused(network, name):
    with pytest.raises(ParameterError, match=r"must lie in \[0, 1\]"):
        seeded(name)(network, torch.full((1, 3, 6, 6), 1.5))
