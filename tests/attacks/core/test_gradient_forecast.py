import pytest
import torch

from sparsefool.attacks.core.gradient_forecast import GradientForecast, KnownGradients, sketch

ROWS = torch.arange(3)


def gradients(m=4, seed=0, shape=(3, 20, 20)):
    return torch.randn(3, m, *shape, generator=torch.Generator().manual_seed(seed))


def known(values, classes=None):
    """All gradients [n, m, c, h, w], known."""
    n, m = values.shape[:2]
    classes = torch.arange(m).expand(n, m).clone() if classes is None else classes
    lengths = values.flatten(2).norm(dim=2)
    sketches = torch.stack([sketch(values[:, k]) for k in range(m)], 1)
    return KnownGradients(classes, torch.ones(n, m, dtype=torch.bool), lengths, sketches)


def learn(forecast, values, place):
    there = torch.full((3,), place)
    forecast.learn(ROWS, there, values[:, place], values[:, place].flatten(1).norm(dim=1))


@pytest.mark.parametrize("shape", [(1, 5, 7), (3, 32, 32), (3, 60, 61)])
def test_a_sketch_keeps_lengths_and_angles(shape):
    one, other = gradients(1, 1, shape)[:, 0], gradients(1, 2, shape)[:, 0]
    other = one + other / 2
    for a, b in ((one, one), (one, other), (other, other)):
        exact = (a * b).flatten(1).sum(1)
        torch.testing.assert_close((sketch(a) * sketch(b)).sum(1), exact, rtol=0.15, atol=0)


def test_where_all_change_by_the_same_shift_and_factor_one_or_two_tell_the_others():
    before = gradients()
    shift = gradients(1, seed=5).expand_as(before)
    forecast = GradientForecast(known(before))
    torch.testing.assert_close(forecast.expected, before.flatten(2).norm(dim=2))
    now = 0.4 * before + 2 * shift
    learn(forecast, now, 0)
    learn(forecast, now, 1)
    torch.testing.assert_close(forecast.expected, now.flatten(2).norm(dim=2), rtol=0.2, atol=0)
    assert torch.equal(forecast.expected[:, :2], now[:, :2].flatten(2).norm(dim=2))


def test_a_gradient_that_was_never_computed_is_expected_to_be_as_long_as_the_longest():
    values = gradients()
    values[:, 1] *= 3
    forecast = GradientForecast(KnownGradients.none(torch.arange(4).expand(3, 4), values[:, 0]))
    assert torch.equal(forecast.expected, torch.ones(3, 4))
    learn(forecast, values, 0)
    learn(forecast, values, 1)
    longest = values[:, 1].flatten(1).norm(dim=1)
    torch.testing.assert_close(forecast.expected[:, 2:], longest[:, None].expand(3, 2))


def test_what_is_known_follows_its_class_to_another_place_and_is_forgotten_without_it():
    before = known(gradients(), torch.tensor([[7, 3, 9, 1]] * 3))
    after = before.of(torch.tensor([[1, 5, 7, 8]] * 3))
    assert after.computed.tolist() == [[True, False, True, False]] * 3
    assert torch.equal(after.lengths[:, [0, 2]], before.lengths[:, [3, 0]])
    assert torch.equal(after.sketches[:, [0, 2]], before.sketches[:, [3, 0]])
    assert (after.lengths[:, 1] == 0).all()
