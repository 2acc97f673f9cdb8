import math

import pytest
import torch

from sparsefool.attacks.core.criterion import Criterion
from sparsefool.errors import Cancelled, ParameterError
from sparsefool.geometry.flatness import flatness, normal_angles
from sparsefool.geometry.planes import GRID, Plane, Window, evaluate_grid, plane_through, random_plane
from sparsefool.geometry.recorder import trace_attack
from tests.attacks.networks import linear_network, random_images, small_network

WINDOW = Window((0.0, 0.0), 100.0)


def unit(*values):
    return torch.tensor(values, dtype=torch.float32).view(1, 1, -1)


def flat_plane():
    return Plane(unit(0.5, 0.5, 0.5), unit(1, 0, 0), unit(0, 1, 0))


def criterion():
    return Criterion(torch.tensor([0]), None)


def margins_of(function):
    columns, rows = WINDOW.ticks(0), WINDOW.ticks(1)
    return function(columns[None, :], rows[:, None])


def test_a_plane_holds_the_points_it_was_drawn_through():
    origin, one, two = random_images(3, seed=4)
    plane = plane_through(origin, one - origin, two - origin)
    for image in (origin, one, two):
        place = plane.place(image)
        assert torch.allclose(plane.images(torch.tensor([place]))[0], image, atol=1e-5)
    assert plane.place(one)[1] == pytest.approx(0, abs=1e-3)
    assert plane.place(one)[0] == pytest.approx(255 * float((one - origin).norm()), rel=1e-5)
    assert float((plane.first * plane.second).sum()) == pytest.approx(0, abs=1e-6)


def test_a_random_plane_depends_on_its_seed_alone():
    origin, along = random_images(2, seed=5)
    same, again, other = (random_plane(origin, along, seed) for seed in (1, 1, 2))
    assert torch.equal(same.second, again.second)
    assert not torch.equal(same.second, other.second)


def test_a_second_vector_that_adds_nothing_is_replaced():
    origin, along = random_images(2, seed=6)
    plane = plane_through(origin, along, 2 * along)
    assert float(plane.second.norm()) == pytest.approx(1, abs=1e-5)
    with pytest.raises(ParameterError):
        plane_through(origin, torch.zeros_like(along), along)


def test_a_grid_is_evaluated_at_every_point_once_and_shows_coarse_grids_on_the_way():
    network = linear_network([[1.0, 0, 0], [0, 1.0, 0]])
    seen = []
    found = evaluate_grid(network, flat_plane(), WINDOW, criterion(), lambda *status: seen.append(status))
    assert network.forwards == GRID * GRID
    columns, rows = WINDOW.ticks(0), WINDOW.ticks(1)
    expected = (columns[None, :] - rows[:, None]) / 255
    assert torch.allclose(found.margins, expected, atol=1e-5)
    clear = expected.abs() > 1e-4
    assert torch.equal(found.labels[clear], (expected < 0).long()[clear])
    assert seen[0] == (0, GRID * GRID, None)
    assert [status[0] for status in seen] == sorted(status[0] for status in seen)
    coarse = next(status[2] for status in seen if status[2] is not None)
    assert (coarse.margins - expected).abs().max() <= 8.1 * (columns[1] - columns[0]) / 255


def test_an_evaluation_ends_where_it_is_cancelled():
    def stop(*_):
        raise Cancelled("enough")

    with pytest.raises(Cancelled):
        evaluate_grid(linear_network([[1.0, 0, 0], [0, 1.0, 0]]), flat_plane(), WINDOW, criterion(), stop)


@pytest.mark.parametrize("angle", [0, 30, 77, 90])
def test_a_straight_boundary_is_at_the_distance_by_which_it_is_moved(angle):
    a, b = math.cos(math.radians(angle)), math.sin(math.radians(angle))
    margins = margins_of(lambda x, y: a * x + b * y - 12.0)
    found = flatness(margins, WINDOW, (0.0, 0.0), (3 * a, 3 * b))
    assert found.rms == pytest.approx(12, abs=0.05)
    assert 0 < found.found <= found.places


def test_a_parabola_has_the_root_mean_square_distance_that_calculus_says():
    margins = margins_of(lambda x, y: x - y.square() / 200 + 0 * x)
    found = flatness(margins, WINDOW, (0.0, 0.0), (1.0, 0.0))
    along = torch.linspace(-150, 150, GRID)
    along = along[along.abs() <= 100]
    expected = float((along.square() / 200).square().mean().sqrt())
    assert found.rms == pytest.approx(expected, abs=0.1)
    assert found.found == found.places == len(along)


def test_without_a_boundary_there_is_no_distance():
    found = flatness(margins_of(lambda x, y: 1 + 0 * x + 0 * y), WINDOW, (0.0, 0.0), (1.0, 0.0))
    assert math.isnan(found.rms)
    assert found.found == 0


def test_the_nearer_of_two_crossings_counts():
    found = flatness(margins_of(lambda x, y: (x - 5) * (x + 40) + 0 * y), WINDOW, (0.0, 0.0), (1.0, 0.0))
    assert found.rms == pytest.approx(5, abs=0.2)


def test_the_normal_of_a_linear_network_does_not_turn_and_that_of_a_curved_one_does():
    curved = trace_attack(small_network(), random_images(1, seed=3), lambda_=1.0, delta=20)
    assert len(normal_angles(curved)) == len(curved.rounds) - 1
    assert all(0 < angle < 180 for angle in normal_angles(curved))
    straight = linear_network([[1.0, 0.6, 0.2], [0, 0, 0.0]], bias=[-0.2, 0.0])
    found = trace_attack(straight, torch.tensor([[[[0.9, 0.9, 0.9]]]]), lambda_=1.0, delta=10)
    assert not found.fooled
    assert all(angle == pytest.approx(0, abs=0.1) for angle in normal_angles(found))


def test_a_smaller_grid_takes_fewer_points_and_says_how_coarse_it_is_so_far():
    network, strides = linear_network([[1.0, 0, 0], [0, 1.0, 0]]), []
    found = evaluate_grid(
        network, flat_plane(), WINDOW, criterion(), lambda *status: strides.append(status[2]), points=41
    )
    assert network.forwards == 41 * 41
    columns, rows = WINDOW.ticks(0, 41), WINDOW.ticks(1, 41)
    assert torch.allclose(found.margins, (columns[None, :] - rows[:, None]) / 255, atol=1e-5)
    assert found.stride == 1
    seen = [coarse.stride for coarse in strides if coarse is not None]
    assert seen == sorted(seen, reverse=True)
    assert set(seen) == {8, 4, 2}
