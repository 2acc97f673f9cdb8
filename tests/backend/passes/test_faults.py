"""What fails in the shared passes of one network, and who is told."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
import torch
from torch import nn

from sparsefool import Classifier
from sparsefool.attacks import find_attack
from sparsefool.backend.passes import shared_passes
from sparsefool.backend.passes.shared_passes import SharedPasses
from sparsefool.errors import ParameterError
from tests.backend.passes.networks import SOON, at_once, counting, pictures

SPARSEFOOL = find_attack("sparsefool").run


def outcome(work):
    """Return a function that returns what ``work`` returns or raises."""

    def attempt(*arguments):
        try:
            return work(*arguments)
        except BaseException as error:
            return error

    return attempt


class NarrowBackwards(Classifier):
    """A network in which a graph of several images has room forwards, but not backwards."""

    def input_gradients(self, scores, images, *, keep_graph=False):
        if len(images) > 1:
            raise torch.OutOfMemoryError("no room for these gradients")
        return super().input_gradients(scores, images, keep_graph=keep_graph)


@pytest.mark.parametrize("count", [2, 6])
def test_where_memory_ends_in_a_backward_images_pass_again_in_halves(count):
    network, classifier = counting()
    alone = [SPARSEFOOL(classifier, image) for image in pictures(count)]
    narrow = NarrowBackwards(network, mean=(0.5,) * 3, std=(0.25,) * 3)
    network.sizes.clear()
    together = at_once(SharedPasses(narrow), SPARSEFOOL, pictures(count))
    for one, other in zip(alone, together, strict=True):
        torch.testing.assert_close(other.adversarial, one.adversarial, atol=1e-9, rtol=0)
    assert max(network.sizes) > 1, "forwards are shared all the same"


def test_a_memory_too_small_for_one_image_is_told_to_all():
    _, classifier = counting(most=0)
    errors = at_once(SharedPasses(classifier), outcome(SPARSEFOOL), pictures(3))
    assert [type(error) for error in errors] == [torch.OutOfMemoryError] * 3


def test_a_thread_that_ends_is_replaced_and_only_one_is_told(monkeypatch):
    _, classifier = counting()
    expected = [classifier(image) for image in pictures()]
    grouped, deaths = shared_passes.grouped, [SystemExit(3)]

    def dying(*arguments):
        if deaths:
            raise deaths.pop()
        return grouped(*arguments)

    monkeypatch.setattr(shared_passes, "grouped", dying)
    answers = at_once(SharedPasses(classifier), outcome(lambda shared, image: shared(image)), pictures())
    told = [answer for answer in answers if isinstance(answer, BaseException)]
    assert [type(each) for each in told] == [SystemExit]
    for answer, logits in zip(answers, expected, strict=True):
        if not isinstance(answer, BaseException):
            torch.testing.assert_close(answer, logits)


def test_a_network_that_ends_the_thread_for_one_picture_leaves_the_others_alone():
    network, _ = counting()
    images = pictures(4)
    marker = images[2][0, 0, 0, 0]

    class Leaving(nn.Module):
        def forward(self, images):
            if (images[:, 0, 0, 0] == marker).any():
                raise SystemExit("a picture that nobody likes")
            return network(images)

    classifier = Classifier(Leaving(), mean=(0.0,) * 3, std=(1.0,) * 3)
    network.eval()
    results = at_once(SharedPasses(classifier), outcome(SPARSEFOOL), images)
    assert isinstance(results[2], SystemExit)
    assert [bool(results[at].success) for at in (0, 1, 3)] == [True] * 3


def test_pictures_that_a_network_cannot_take_are_refused_alone_even_where_they_come_first():
    network, _ = counting()
    classifier = Classifier(network.layers, mean=(0.5,) * 3, std=(0.25,) * 3)  # a faster copy is made
    passes, good = SharedPasses(classifier), pictures(3)
    bad, first_in = torch.rand(1, 3, 9, 9, dtype=torch.float64), threading.Event()
    start_thread = passes._start_thread

    def late():
        if not first_in.is_set():
            first_in.set()
            return
        start_thread()

    passes._start_thread = late

    def ask(shared, image):
        if image is not bad:
            assert first_in.wait(SOON)
        return shared(image)

    *labels, error = at_once(passes, outcome(ask), [*good, bad])
    assert isinstance(error, ParameterError)
    for found, image in zip(labels, good, strict=True):
        torch.testing.assert_close(found, classifier(image))


def test_a_network_that_gives_nan_leaves_another_network_alone():
    _, healthy = counting()
    network, ill = counting()
    network.layers[-1].bias.data[:] = torch.nan
    with ThreadPoolExecutor(2) as pool:
        both = [pool.submit(at_once, SharedPasses(each), SPARSEFOOL, pictures(3)) for each in (healthy, ill)]
        successes = [[bool(result.success) for result in each.result(SOON)] for each in both]
    assert successes == [[True] * 3, [False] * 3]


@pytest.mark.parametrize("most", [1, 2])
def test_the_largest_batch_can_be_given(most):
    network, classifier = counting()
    at_once(SharedPasses(classifier, most_images=most), SPARSEFOOL, pictures())
    assert max(network.sizes) == most
