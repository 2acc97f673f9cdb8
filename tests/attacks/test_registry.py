"""Every registered attack keeps the same contract."""

import inspect

import pytest
import torch

from sparsefool.attacks import ATTACKS, INTERACTIVE, find_attack
from sparsefool.attacks.core.checks import DELTA_RANGE, LAMBDA_RANGE, check_range
from sparsefool.errors import ParameterError
from tests.attacks.networks import random_images, small_network

OFFERED = ("delta", "max_iter", "num_candidates", "target", "region", "observer", "boundary_observer")
"""What the app and the command line hand to the attacks that they offer, beside the first boundary."""


@pytest.fixture(params=ATTACKS, ids=lambda spec: spec.name)
def spec(request):
    return request.param


def test_names_are_unique_and_sources_given():
    assert len({spec.name for spec in ATTACKS}) == len(ATTACKS)
    assert all(spec.title and spec.paper and spec.norm for spec in ATTACKS)


def test_an_attack_is_found_by_its_name(spec):
    assert find_attack(spec.name) is spec
    with pytest.raises(ParameterError, match="no attack 'magic'; there are sparsefool, sparsest, deepfool"):
        find_attack("magic")


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
    assert list(spec.options) == [choice.name for choice in spec.choices]
    assert {"target", "observer"} <= set(spec.keywords) <= set(signature)
    assert spec.ranges.keys() <= set(spec.keywords)


def test_lambda_and_delta_have_the_ranges_of_the_engine(spec):
    if "delta" in spec.keywords:
        assert (spec.ranges["delta"].low, spec.ranges["delta"].high) == DELTA_RANGE
    if "lambda_" in spec.keywords:
        assert spec.ranges["lambda_"].low == LAMBDA_RANGE[0]


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


def test_max_iter_bounds_the_steps_where_the_registry_says_so_and_only_there(spec):
    if "max_iter" not in spec.keywords:
        assert not spec.max_iter_bounds_steps
        return
    steps = []
    few = {"max_pixels": 3, "population": 4} if spec.name == "one_pixel" else {}
    spec.run(small_network(), random_images(7), max_iter=1, observer=steps.append, **few)
    assert (len(steps) <= 1) == spec.max_iter_bounds_steps


def test_a_first_boundary_depends_on_the_keywords_that_the_registry_names(spec):
    assert (spec.boundary is not None) == ("first_boundary" in spec.keywords)
    if spec.boundary is None:
        return
    other = {"num_candidates": 2, "overshoot": 0.3, "max_gradient_growth": 2.0, "max_iter": 2}
    arguments = {name: value for name, value in other.items() if name in spec.keywords}
    network, images = small_network(), random_images(7)
    known = {name: arguments[name] for name in spec.boundary.keywords}
    boundary = spec.boundary.run(network, images, **known)
    alone = spec.run(network, images, **arguments)
    reused = spec.run(network, images, **arguments, first_boundary=boundary)
    assert torch.equal(alone.adversarial, reused.adversarial)
    assert int(reused.forwards.sum()) == int((alone.forwards - boundary.forwards).sum())


def test_attacks_on_one_picture_have_a_title_and_take_what_they_are_handed(spec):
    assert (spec in INTERACTIVE) == bool(spec.method_title) == bool(spec.summary)
    if spec in INTERACTIVE:
        assert spec.boundary is not None
        assert set(OFFERED) <= set(spec.keywords)
        assert {"delta", "max_iter", "num_candidates"} <= spec.ranges.keys()
        assert spec.step_noun.istitle()


def test_the_first_attack_on_one_picture_is_the_papers():
    assert [(spec.name, spec.method_title) for spec in INTERACTIVE] == [
        ("sparsefool", "Paper"),
        ("sparsest", "Sparsest"),
    ]


def test_an_attack_is_sized_by_another_one_and_takes_counts(spec):
    assert (spec.sized_by is not None) == ("counts" in spec.keywords)
    if spec.sized_by is not None:
        assert find_attack(spec.sized_by).sized_by is None


@pytest.mark.parametrize(
    ("bounds", "value", "message"),
    [
        (LAMBDA_RANGE, 0.99, "λ must be a finite number, 1 or more; it is 0.99."),
        (LAMBDA_RANGE, float("inf"), "λ must be a finite number, 1 or more; it is inf."),
        (DELTA_RANGE, -1, "λ must be from 0 to 255; it is -1."),
        (DELTA_RANGE, float("nan"), "λ must be from 0 to 255; it is nan."),
    ],
)
def test_a_number_out_of_range_is_refused(bounds, value, message):
    check_range("λ", bounds, *bounds[:1], 200.0)
    with pytest.raises(ParameterError) as caught:
        check_range("λ", bounds, 2.0, value)
    assert str(caught.value) == message


def test_every_option_of_a_choice_is_one_that_the_attack_takes(spec):
    network, images = small_network(), random_images(2)
    for choice in spec.choices:
        for option in choice.options:
            assert len(spec.run(network, images, **{choice.name: option}).labels) == 2


def test_what_sparsest_counts_is_chosen():
    choice = find_attack("sparsest").options["count"]
    assert (choice.options, choice.default) == (("pixels", "features"), "pixels")
