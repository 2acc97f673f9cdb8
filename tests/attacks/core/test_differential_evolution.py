import pytest
import torch

from sparsefool.attacks.core.differential_evolution import (
    first_candidates,
    mutants,
    other_members,
    paint,
    pixels_of,
    within_bounds,
)


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def test_the_three_others_differ_from_the_member_and_from_each_other_and_are_uniform():
    n, population = 6000, 5
    others = other_members(n, population, torch.device("cpu"), seeded())
    members = torch.arange(population).expand(1, n, population)
    together = torch.cat([others, members]).permute(1, 2, 0).reshape(-1, 4)
    assert (together.sort(dim=1).values.diff(dim=1) > 0).all()
    triples, counts = together[::population, :3].unique(dim=0, return_counts=True)
    assert len(triples) == 4 * 3 * 2
    expected = n / 24
    assert ((counts - expected).abs() < 5 * expected**0.5).all()


def test_a_mutant_is_one_member_plus_the_scaled_difference_of_two_others():
    candidates = torch.rand(2, 5, 1, 3, generator=seeded(1), dtype=torch.float64)
    made = mutants(candidates, 0.5, seeded(2))
    for image, member in [(i, j) for i in range(2) for j in range(5)]:
        possible = [
            candidates[image, a] + 0.5 * (candidates[image, b] - candidates[image, c])
            for a in range(5)
            for b in range(5)
            for c in range(5)
            if len({a, b, c, member}) == 4
        ]
        assert any(torch.allclose(made[image, member], p, atol=1e-12) for p in possible)


def test_the_first_population_is_that_of_the_paper():
    images = torch.zeros(3, 1, 20, 40)
    candidates = first_candidates(images, 20_000, 1, seeded()).flatten(0, 2)
    assert ((candidates >= 0) & (candidates <= torch.tensor([20.0, 40.0, 1.0]))).all()
    assert candidates[:, 0].mean().item() == pytest.approx(10, abs=0.1)
    assert candidates[:, 1].mean().item() == pytest.approx(20, abs=0.2)
    inside = (candidates[:, 2] > 0) & (candidates[:, 2] < 1)
    assert inside.float().mean().item() == pytest.approx(0.6834, abs=0.01)  # P(|z| < 1) with 128 ± 127


def test_places_stay_in_the_image_and_colours_in_their_range():
    wild = torch.tensor([-3.0, 99.0, -0.2, 1.7]).view(1, 1, 1, 4)
    assert within_bounds(wild, 4, 6).flatten().tolist() == [0.0, 6.0, 0.0, 1.0]


def test_painting_sets_just_these_pixels_and_the_last_colour_counts():
    images = torch.full((2, 3, 4, 6), 0.5)
    colour, other = [0.0, 1.0, 0.7], [1.0, 0.0, 0.0]
    candidates = torch.tensor(
        [[[1.9, 5.2, *other], [1.1, 5.9, *colour]], [[4.0, 6.0, *other], [0, 0, *colour]]]
    )
    painted = paint(images, pixels_of(candidates, 4, 6))
    whole = [0.0, 1.0, round(0.7 * 255) / 255]
    assert painted[0, :, 1, 5].tolist() == pytest.approx(whole)
    assert painted[1, :, 3, 5].tolist() == other
    assert painted[1, :, 0, 0].tolist() == pytest.approx(whole)
    assert (painted != images).any(1).flatten(1).sum(1).tolist() == [1, 2]
    assert (images == 0.5).all()
