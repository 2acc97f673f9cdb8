"""Every registered attack keeps the same contract."""

import inspect

import pytest
import torch

from sparsefool.attacks import ATTACKS
from tests.attacks.networks import random_images, small_network


@pytest.fixture(params=ATTACKS, ids=lambda spec: spec.name)
def spec(request):
    return request.param


def test_names_are_unique_and_sources_given():
    assert len({spec.name for spec in ATTACKS}) == len(ATTACKS)
    assert all(spec.title and spec.paper and spec.norm for spec in ATTACKS)


def test_parameters_and_choices_are_keyword_only_and_their_defaults_are_the_functions(spec):
    signature = inspect.signature(spec.run).parameters
    for parameter in spec.parameters:
        assert signature[parameter.name].kind is inspect.Parameter.KEYWORD_ONLY
        assert signature[parameter.name].default == parameter.default
        assert parameter.low <= parameter.default <= parameter.high
    for choice in spec.choices:
        assert signature[choice.name].kind is inspect.Parameter.KEYWORD_ONLY
        assert signature[choice.name].default == choice.default
        assert choice.default in choice.options
    assert {"target", "observer"} <= set(signature)


def test_results_are_consistent_and_inputs_left_alone(spec):
    network, images = small_network(), random_images(7)
    before = images.clone()
    events = []
    result = spec.run(network, images, observer=events.append)
    assert torch.equal(images, before)
    assert torch.equal(result.labels, network(images).argmax(1))
    assert torch.equal(result.adversarial_labels, network(result.adversarial).argmax(1))
    assert torch.equal(result.success, result.adversarial_labels != result.labels)
    assert torch.equal(result.perturbation, result.adversarial - images)
    assert events
    assert events[0].rows.tolist() == list(range(7))
    for name in ("labels", "adversarial_labels", "iterations", "forwards", "backwards"):
        assert getattr(result, name).shape == (7,)
        assert getattr(result, name).dtype == torch.int64
