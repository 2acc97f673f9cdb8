import math

import pytest

from sparsefool.backend.attack.request import AttackRequest
from sparsefool.data.pictures import Picture
from sparsefool.data.regions import rectangle
from sparsefool.errors import ParameterError
from tests.tiny_model import TINY, tiny_picture


@pytest.mark.parametrize(
    ("parameter", "value", "message"),
    [
        ("lambda_", 0.5, "λ must be a finite number, 1 or more; it is 0.5"),
        ("lambda_", math.nan, "it is nan"),
        ("lambda_", math.inf, "it is inf"),
        ("delta", -0.5, "δ must be from 0 to 255; it is -0.5"),
        ("delta", 300.0, "δ must be from 0 to 255; it is 300"),
        ("delta", math.nan, "it is nan"),
        ("max_iter", 0, "iterations must be from 1 to 200; it is 0"),
        ("max_iter", 201, "it is 201"),
        ("num_candidates", 1, "candidate classes must be from 2 to 50; it is 1"),
        ("target", -1, "class number, 0 or more; it is -1"),
        ("attack", "deepfool", "must be one of sparsefool, sparsest; it is 'deepfool'"),
    ],
)
def test_a_parameter_out_of_range_is_refused(parameter, value, message):
    with pytest.raises(ParameterError, match=message):
        AttackRequest(TINY, tiny_picture(), **{parameter: value})


def test_only_pixels_and_features_are_counted_and_only_where_the_attack_asks():
    with pytest.raises(ParameterError, match="must be pixels or features; it is 'sheep'"):
        AttackRequest(TINY, tiny_picture(), attack="sparsest", count="sheep")
    plain, features = (
        AttackRequest(TINY, tiny_picture(), attack="sparsest", count=count)
        for count in ("pixels", "features")
    )
    assert plain == AttackRequest(TINY, tiny_picture(), attack="sparsest") != features
    assert features.parameters() == {**plain.parameters(), "count": "features"}
    assert features.setting == "sparsest in features · δ = 255"
    assert AttackRequest(TINY, tiny_picture(), count="features") == AttackRequest(TINY, tiny_picture())


def test_the_ends_of_the_ranges_are_allowed():
    AttackRequest(TINY, tiny_picture(), lambda_=1.0, delta=0.0, max_iter=1, num_candidates=2, target=0)
    AttackRequest(TINY, tiny_picture(), lambda_=50.0, delta=255.0, max_iter=200, num_candidates=50)


def test_requests_are_equal_if_their_pixels_and_parameters_are():
    request = AttackRequest(TINY, tiny_picture())
    assert {request} == {AttackRequest(TINY, tiny_picture())}
    assert request != AttackRequest(TINY, tiny_picture(seed=2))
    assert request != AttackRequest(TINY, tiny_picture(), delta=254.0)
    renamed = Picture(tiny_picture().pixels, "another name")
    assert request == AttackRequest(TINY, renamed)


def test_equal_regions_make_equal_requests_and_a_region_of_all_pixels_is_none():
    half = rectangle((0, 0, 15, 31), (32, 32))
    request = AttackRequest(TINY, tiny_picture(), region=half)
    assert request == AttackRequest(TINY, tiny_picture(), region=rectangle((0, 0, 15, 31), (32, 32)))
    assert request != AttackRequest(TINY, tiny_picture(), region=half.inverted())
    assert request != AttackRequest(TINY, tiny_picture())
    everything = AttackRequest(TINY, tiny_picture(), region=rectangle((0, 0, 31, 31), (32, 32)))
    assert everything.region is None
    assert everything == AttackRequest(TINY, tiny_picture())


@pytest.mark.parametrize(
    ("region", "message"),
    [
        (rectangle((0, 0, 31, 31), (32, 32)).inverted(), "No pixel may change"),
        (rectangle((0, 0, 3, 3), (28, 28)), r"as large as the picture, 32 x 32 .* it is 28 x 28"),
    ],
)
def test_an_empty_region_and_one_of_another_size_are_refused(region, message):
    with pytest.raises(ParameterError, match=message):
        AttackRequest(TINY, tiny_picture(), region=region)


def test_requests_for_the_fewest_pixels_are_equal_whatever_lambda_says():
    few, other = (
        AttackRequest(TINY, tiny_picture(), lambda_=value, attack="sparsest") for value in (2.0, 9.0)
    )
    assert few == other
    assert "lambda_" not in few.parameters()


def test_passes_are_limited_where_the_attack_takes_a_limit():
    limited = AttackRequest(TINY, tiny_picture(), attack="sparsest", max_passes=9)
    assert limited.parameters()["max_passes"] == 9
    assert AttackRequest(TINY, tiny_picture(), max_passes=9) == AttackRequest(TINY, tiny_picture())
    with pytest.raises(ParameterError, match="The limit of passes must be from 1 to"):
        AttackRequest(TINY, tiny_picture(), attack="sparsest", max_passes=0)


@pytest.mark.parametrize(
    ("attack", "parameters", "step_noun", "most_steps", "setting"),
    [
        (
            "sparsefool",
            "lambda_ delta max_iter num_candidates target overshoot max_gradient_growth",
            "Iteration",
            7,
            "λ = 2 · δ = 60",
        ),
        ("sparsest", "delta max_iter num_candidates target count max_passes", "Step", 0, "sparsest · δ = 60"),
    ],
)
def test_what_a_request_says_of_its_attack(attack, parameters, step_noun, most_steps, setting):
    request = AttackRequest(TINY, tiny_picture(), 2.0, 60.0, max_iter=7, attack=attack)
    assert list(request.parameters()) == parameters.split()
    assert (request.step_noun, request.most_steps, request.setting) == (step_noun, most_steps, setting)
