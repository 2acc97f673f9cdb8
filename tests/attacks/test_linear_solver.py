import importlib
import random

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from sparsefool.attacks import linear_solver
from sparsefool.benchmarks import literal

solver_module = importlib.import_module("sparsefool.attacks.linear_solver")

CASES = 10_000
SIZE = 12


def make_cases(n, seed):
    """Random x, w, x_B, l, u; many bounds already tight, planes out of reach and planes behind the point."""
    draw = random.Random(seed)
    cases = []
    for _ in range(n):
        x = [draw.random() for _ in range(SIZE)]
        w = [0.0 if draw.random() < 0.1 else draw.gauss(0, 1) for _ in range(SIZE)]
        x_b = [x_j + draw.gauss(0, draw.choice([0.05, 0.5, 5.0])) for x_j in x]
        lower = [x_j if draw.random() < 0.2 else x_j * draw.random() for x_j in x]
        upper = [x_j if draw.random() < 0.2 else x_j + (1 - x_j) * draw.random() for x_j in x]
        cases.append((x, w, x_b, lower, upper))
    return cases


def as_images(cases, dtype):
    return [torch.tensor(part, dtype=dtype).view(-1, 1, 3, 4) for part in zip(*cases, strict=True)]


@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float64, 1e-9), (torch.float32, 1e-4)])
def test_equals_the_loop_of_algorithm_1(dtype, tolerance):
    tensors = as_images(make_cases(CASES, seed=0), dtype)
    solved = linear_solver(*tensors).flatten(1)
    rows = zip(*(tensor.flatten(1).double().tolist() for tensor in tensors), strict=True)
    expected = torch.tensor([literal.linear_solver(*row) for row in rows], dtype=torch.float64)
    assert (solved.double() - expected).abs().max() <= tolerance


def test_the_random_cases_cover_what_they_claim():
    x, w, x_b, lower, upper = as_images(make_cases(CASES, seed=0), torch.float64)
    need = (w * (x_b - x)).flatten(1).sum(1)
    reach = (w * torch.where(w > 0, upper - x, lower - x)).flatten(1).sum(1)
    for covered in (need <= 0, need > reach, (need > 0) & (need < reach)):
        assert covered.sum() > CASES / 20


@settings(deadline=None, max_examples=200)
@given(seed=st.integers(0, 2**32))
def test_bounds_hold_and_the_plane_is_reached_where_it_can_be(seed):
    x, w, x_b, lower, upper = as_images(make_cases(8, seed), torch.float64)
    solved = linear_solver(x, w, x_b, lower, upper)
    assert ((solved >= lower) & (solved <= upper)).all()
    need = (w * (x_b - x)).flatten(1).sum(1)
    reach = (w * torch.where(w > 0, upper - x, lower - x)).flatten(1).sum(1)
    moved = (w * (solved - x)).flatten(1).sum(1)
    torch.testing.assert_close(moved, need.clamp(min=0).minimum(reach), atol=1e-9, rtol=0)


def test_inputs_are_left_alone_and_a_batch_equals_its_images():
    tensors = as_images(make_cases(50, seed=3), torch.float32)
    before = [tensor.clone() for tensor in tensors]
    solved = linear_solver(*tensors)
    assert all(torch.equal(a, b) for a, b in zip(before, tensors, strict=True))
    singles = [linear_solver(*(tensor[i : i + 1] for tensor in tensors)) for i in range(50)]
    assert torch.equal(solved, torch.cat(singles))


def test_saturated_coordinates_sit_exactly_on_their_bounds():
    x = torch.full((1, 1, 1, 3), 0.3)
    w = torch.tensor([3.0, -2.0, 1.0]).view(1, 1, 1, 3)
    lower, upper = torch.full_like(x, 0.1), torch.full_like(x, 0.7)
    solved = linear_solver(x, w, x + w, lower, upper)
    assert torch.equal(solved.flatten(), torch.tensor([0.7, 0.1, 0.7]))


@pytest.mark.parametrize("ties", [False, True])
@pytest.mark.parametrize("share", [0.001, 0.2, 0.9, 2.0])
def test_sorting_only_the_strongest_changes_nothing(monkeypatch, share, ties):
    generator = torch.Generator().manual_seed(3)
    x, w = torch.rand(4, 3, 8, 9, generator=generator), torch.randn(4, 3, 8, 9, generator=generator)
    w = w.round() if ties else w
    upper = torch.ones_like(x)
    lower = x * torch.rand(x.shape, generator=generator)
    reach = (w * torch.where(w > 0, upper - x, lower - x)).flatten(1).sum(1)
    aimed = x + w * (share * reach / w.flatten(1).square().sum(1)).view(-1, 1, 1, 1)
    whole = linear_solver(x, w, aimed, lower, upper)
    monkeypatch.setattr(solver_module, "STRONGEST", 50)
    assert torch.equal(linear_solver(x, w, aimed, lower, upper), whole)
