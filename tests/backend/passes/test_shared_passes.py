"""Attacks side by side on one network, against the same attacks one by one."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
import torch
from torch import nn

from sparsefool import Classifier
from sparsefool.attacks import find_attack
from sparsefool.backend.passes import shared_passes
from sparsefool.backend.passes.shared_passes import SharedPasses
from sparsefool.errors import Cancelled, ParameterError
from sparsefool.types import Outcome
from tests.backend.passes.networks import SOON, TOGETHER, at_once, counting, pictures


@pytest.mark.parametrize("name", ["sparsefool", "sparsest", "l1_deepfool"])
def test_together_is_as_alone(name):
    attack = find_attack(name).run
    network, classifier = counting()
    alone = [attack(classifier, image) for image in pictures()]
    passes_alone = len(network.sizes)
    network.sizes.clear()
    together = at_once(SharedPasses(classifier), attack, pictures())
    for one, other in zip(alone, together, strict=True):
        torch.testing.assert_close(other.adversarial, one.adversarial, atol=1e-9, rtol=0)
        for field in ("labels", "adversarial_labels", "success", "iterations", "forwards", "backwards"):
            assert torch.equal(getattr(other, field), getattr(one, field)), field
    assert max(network.sizes) > 1
    assert len(network.sizes) < passes_alone


def test_one_that_joins_in_the_middle_is_as_alone():
    attack = find_attack("sparsefool").run
    _, classifier = counting()
    passes = SharedPasses(classifier)
    first, second = pictures(2)
    alone = [attack(classifier, image, delta=40.0, lambda_=1.0) for image in (first, second)]
    begun = threading.Event()

    def run(image, wait, observer):
        if wait:
            assert begun.wait(SOON)
        with passes.joined() as shared:
            return attack(shared, image, delta=40.0, lambda_=1.0, observer=observer)

    with ThreadPoolExecutor(2) as pool:
        jobs = [
            pool.submit(run, first, False, lambda _: begun.set()),
            pool.submit(run, second, True, None),
        ]
        together = [job.result(SOON) for job in jobs]
    for one, other in zip(alone, together, strict=True):
        torch.testing.assert_close(other.adversarial, one.adversarial, atol=1e-9, rtol=0)
        assert torch.equal(other.iterations, one.iterations)


@pytest.mark.parametrize("count", [1, 3])
def test_gradients_are_those_of_the_network(count):
    _, classifier = counting()
    passes = SharedPasses(classifier)

    def gradients(shared, image):
        found = []
        for shift in (0.0, 0.1):  # two forwards first: the gradients then belong to different graphs
            points = (image * (1 - shift)).requires_grad_()
            found.append((points, shared(points)))
        weights = torch.eye(5, dtype=torch.float64)[:count]
        return [shared.input_gradients(weights @ logits.T, points) for points, logits in reversed(found)]

    alone = [gradients(classifier, image) for image in pictures()]
    together = at_once(passes, gradients, pictures())
    torch.testing.assert_close(together, alone, atol=1e-12, rtol=0)


def test_where_memory_ends_a_pass_is_halved_and_everybody_is_answered():
    attack = find_attack("sparsefool").run
    network, classifier = counting(most=2)
    together = at_once(SharedPasses(classifier), attack, pictures())
    assert [bool(result.success) for result in together] == [True] * TOGETHER
    assert 2 in network.sizes
    assert max(network.sizes) > 2, "more were tried at once"


def test_an_error_is_told_to_the_one_whose_it_is():
    _, classifier = counting()

    def passing(shared, image):
        try:
            return shared(image).argmax(1)
        except (ParameterError, RuntimeError) as error:  # the latter where others have passed before
            return error

    images = [*pictures(3), torch.rand(1, 3, 9, 9, dtype=torch.float64)]
    *labels, error = at_once(SharedPasses(classifier), passing, images)
    assert labels == [classifier(image).argmax(1) for image in images[:3]]
    assert isinstance(error, Exception)


def test_a_picture_that_gives_nan_leaves_the_others_alone():
    attack = find_attack("sparsefool").run

    class Strange(nn.Module):
        def forward(self, images):
            return network(images).masked_fill(images[:, 0, 0, 0, None] == 2, torch.nan)

    network, _ = counting()
    classifier = Classifier(Strange(), mean=(0.0,) * 3, std=(0.5,) * 3)
    network.eval()
    images = pictures(3)
    images[1][:, 0, 0, 0] = 1.0
    outcomes = [int(result.outcomes) for result in at_once(SharedPasses(classifier), attack, images)]
    assert outcomes == [int(attack(classifier, image).outcomes) for image in images]
    assert outcomes[1] == Outcome.NOT_FINITE
    assert set(outcomes) != {Outcome.NOT_FINITE}


def test_one_who_is_cancelled_leaves_and_the_thread_ends_with_the_last():
    attack = find_attack("sparsefool").run
    _, classifier = counting()
    passes = SharedPasses(classifier)

    def run(shared, image):
        def observer(_):
            if cancels[id(image)]:
                raise Cancelled("enough")

        try:
            return bool(attack(shared, image, observer=observer).success)
        except Cancelled:
            return "cancelled"

    images = pictures(4)
    cancels = {id(image): number == 2 for number, image in enumerate(images)}
    assert at_once(passes, run, images) == [True, True, "cancelled", True]
    for thread in threading.enumerate():
        if thread.name == f"sparsefool-passes-{classifier.name}":
            thread.join(SOON)
    assert not any(thread.name.startswith("sparsefool-passes") for thread in threading.enumerate())
    assert at_once(passes, run, images[:1]) == [True], "and it begins again"


def test_the_network_is_put_back():
    network, classifier = counting()
    network.train()
    at_once(SharedPasses(classifier), find_attack("sparsefool").run, pictures(2))
    for thread in threading.enumerate():
        if thread.name.startswith("sparsefool-passes"):
            thread.join(SOON)
    assert network.training
    assert all(parameter.requires_grad for parameter in network.parameters())


def test_whatever_ends_the_thread_of_the_passes_is_told_to_those_who_wait(monkeypatch):
    _, classifier = counting()
    passes = SharedPasses(classifier)

    def broken(*_):
        raise ZeroDivisionError("a fault of ours")

    def ask(shared, image):
        with pytest.raises(ZeroDivisionError, match="a fault of ours"):
            shared(image)
        return True

    with monkeypatch.context() as patched:
        patched.setattr(shared_passes, "grouped", broken)
        assert at_once(passes, ask, pictures(3)) == [True] * 3
    assert len(at_once(passes, lambda shared, image: shared(image), pictures(3))) == 3


def test_the_server_may_bound_the_images_of_a_pass(set_limits):
    set_limits(images_per_pass=2)
    network, classifier = counting()
    at_once(SharedPasses(classifier), find_attack("sparsefool").run, pictures())
    assert max(network.sizes) == 2
