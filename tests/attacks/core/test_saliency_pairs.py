import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from sparsefool.attacks.core.saliency_pairs import best_pairs
from tests.reference.literal_baselines import best_pair


def product(gain, loss, pair):
    p, q = pair
    return (gain[p] + gain[q]) * (loss[p] + loss[q])


def assert_best(gain, loss, allowed, pairs_at_once=2**22):
    pairs, found = best_pairs(gain, loss, allowed, pairs_at_once)
    for i in range(len(gain)):
        expected = best_pair(gain[i].tolist(), (-loss[i]).tolist(), allowed[i].tolist())
        assert bool(found[i]) == (expected is not None)
        if expected is not None:
            p, q = pairs[i].tolist()
            assert p != q
            assert allowed[i, p]
            assert allowed[i, q]
            assert gain[i, p] + gain[i, q] > 0
            assert loss[i, p] + loss[i, q] > 0
            assert math.isclose(
                product(gain[i], loss[i], (p, q)), product(gain[i], loss[i], expected), rel_tol=1e-12
            )


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(-3, 3), st.integers(-3, 3), st.booleans()),
        min_size=2,
        max_size=9,
    )
)
def test_equals_brute_force_also_with_ties(features):
    columns = [torch.tensor([column], dtype=torch.float64) for column in zip(*features, strict=True)]
    assert_best(columns[0], columns[1], columns[2].bool())


@pytest.mark.parametrize("correlation", [-0.999, -0.9, 0.0, 0.9])
def test_equals_brute_force_on_a_batch(correlation):
    generator = torch.Generator().manual_seed(0)
    gain, noise = torch.randn(2, 6, 80, generator=generator, dtype=torch.float64)
    loss = correlation * gain + (1 - correlation**2) ** 0.5 * noise
    assert_best(gain, loss, torch.rand(6, 80, generator=generator) < 0.7)


def test_small_blocks_and_the_worst_case_give_the_same_answer():
    gain = torch.linspace(0.01, 1, 90, dtype=torch.float64).sqrt()[None].repeat(2, 1)
    gain[1] -= 0.3
    loss = (1 - gain).flip(0)
    assert_best(gain, loss, torch.ones_like(gain, dtype=torch.bool), pairs_at_once=1)
    assert_best(gain, loss, torch.ones_like(gain, dtype=torch.bool), pairs_at_once=700)


def test_an_imagenet_image_fits_in_memory_and_a_planted_pair_is_found():
    generator = torch.Generator().manual_seed(0)
    gain, loss = torch.randn(2, 1, 3 * 224 * 224, generator=generator).clamp(-4, 4)
    gain[0, 1000], loss[0, 1000] = 9.0, -3.9  # each of the two is poor alone
    gain[0, 90_000], loss[0, 90_000] = -3.9, 30.0
    pairs, found = best_pairs(gain, loss, torch.ones_like(gain, dtype=torch.bool))
    assert found.all()
    assert product(gain[0], loss[0], pairs[0].tolist()) >= product(gain[0], loss[0], (1000, 90_000)) > 130


def test_one_feature_or_none_makes_no_pair():
    gain = loss = torch.ones(2, 3)
    allowed = torch.tensor([[True, False, False], [False, False, False]])
    assert not best_pairs(gain, loss, allowed)[1].any()
    assert not best_pairs(gain[:, :1], loss[:, :1], allowed[:, :1])[1].any()
