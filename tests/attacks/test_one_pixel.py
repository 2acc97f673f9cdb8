import sys

import pytest
import torch
from scipy.optimize import differential_evolution

from sparsefool.attacks import one_pixel
from sparsefool.attacks.core.differential_evolution import paint, pixels_of
from sparsefool.attacks.core.population import Population, _costs
from sparsefool.classifier import Classifier
from sparsefool.errors import ParameterError
from sparsefool.types import Outcome
from tests.attacks.networks import linear_network, random_images, small_network

DE_OF_THE_PAPER = {"strategy": "rand1bin", "mutation": 0.5, "recombination": 1, "updating": "deferred"}
SMALL = {"population": 40, "max_iter": 60}


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def hopeless_network(m):
    """Two classes so far apart that no pixel changes the label: the search has to run to its end."""
    weights = torch.randn(1, m, generator=seeded(7))
    return linear_network(torch.cat([torch.zeros(1, m), weights]), bias=[100.0, 0.0]), weights[0]


def test_it_finds_the_known_best_pixel_and_so_does_scipy():
    network, weights = hopeless_network(30)
    images = random_images(4, 1, 5, 6)
    result = one_pixel(network, images, max_pixels=1, generator=seeded(), **SMALL)
    assert (result.outcomes == Outcome.ITERATIONS_EXHAUSTED).all()
    assert (result.pixels_changed == 1).all()
    for image, found in zip(images.flatten(1), result.adversarial.flatten(1), strict=True):
        gains = torch.cat([-weights * image, weights * (1 - image)])
        best = gains.max().item()
        assert (weights @ (found - image)).item() == pytest.approx(best, abs=1e-5)

        def loss(candidate, image=image):
            place = min(int(candidate[0]), 4) * 6 + min(int(candidate[1]), 5)
            return -(weights[place] * (round(255 * candidate[2]) / 255 - image[place])).item()

        by_scipy = differential_evolution(
            loss,
            [(0, 5), (0, 6), (0, 1)],
            popsize=14,
            maxiter=60,
            tol=0,
            polish=False,
            rng=0,
            **DE_OF_THE_PAPER,
        )
        assert -by_scipy.fun == pytest.approx(best, abs=1e-5)


def test_the_number_of_pixels_rises_until_the_label_changes():
    # White pixels count 1, the threshold is 2.5: three pixels of four have to become white.
    network = linear_network([[0.0] * 4, [1.0] * 4], bias=[2.5, 0.0])
    result = one_pixel(network, torch.zeros(2, 1, 2, 2), generator=seeded(), **SMALL)
    assert result.success.all()
    assert result.pixels_changed.tolist() == [3, 3]
    two = one_pixel(network, torch.zeros(2, 1, 2, 2), max_pixels=2, generator=seeded(), **SMALL)
    assert not two.success.any()
    assert (two.iterations == 2 * (60 + 1)).all()
    assert two.adversarial.flatten(1).sum(1).tolist() == [2.0, 2.0]


def test_the_best_candidate_never_gets_worse_while_k_stays():
    network, _ = hopeless_network(36)
    events = []
    one_pixel(
        network, random_images(3, 1, 6, 6), max_pixels=1, generator=seeded(), observer=events.append, **SMALL
    )
    margins = torch.stack([event.margins for event in events])
    assert (margins.diff(dim=0) <= 1e-5).all()
    assert (margins[-1] < margins[0]).all()


def test_a_candidate_that_changes_the_label_wins_over_one_that_lowers_it_more():
    class Trap(torch.nn.Module):
        """Black lowers the label's chance most but does not change the label; white changes it."""

        def forward(self, images):
            value = images.flatten(1)[:, :1]
            black, white = (value < 0.2).float(), (value > 0.8).float()
            even = torch.tensor([1.0, 0.9, 0.9, 0.9, 0.9, 0.9, 0.9])
            two_way = torch.tensor([3.0, 3.1, -9.0, -9.0, -9.0, -9.0, -9.0])
            middle = torch.tensor([9.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0])
            return black * even + white * two_way + (1 - black - white) * middle

    network = Classifier(Trap(), (0.0,), (1.0,))
    result = one_pixel(network, torch.full((1, 1, 1, 1), 0.5), generator=seeded(), **SMALL)
    assert result.success.item()
    assert result.iterations.item() == 1
    assert result.adversarial.item() > 0.8


def test_the_batch_size_changes_nothing_and_bounds_what_the_network_sees():
    sizes = []
    network = small_network()
    network.register_forward_pre_hook(lambda _, inputs: sizes.append(len(inputs[0])))
    images = random_images(3)
    large = one_pixel(network, images, generator=seeded(5), batch_size=1000, **SMALL)
    assert max(sizes) == 120
    sizes.clear()
    small = one_pixel(network, images, generator=seeded(5), batch_size=33, **SMALL)
    assert max(sizes) == 33
    assert torch.equal(small.adversarial, large.adversarial)
    assert torch.equal(small.forwards, large.forwards)


def test_an_image_is_evaluated_once_however_many_candidates_paint_it(monkeypatch):
    network, _ = hopeless_network(36)
    images, before = random_images(3, 1, 6, 6), network.forwards
    shared = one_pixel(network, images, max_pixels=2, generator=seeded(5), **SMALL)
    assert network.forwards - before == int(shared.forwards.sum())

    def evaluate_every_one(classifier, state, rows, candidates, _batch_size, _parents=None):
        originals = state.images[rows].repeat_interleave(candidates.shape[1], 0)
        pixels = pixels_of(candidates, *originals.shape[2:]).flatten(0, 1)
        logits = classifier(paint(originals, pixels)).view(*candidates.shape[:2], -1)
        state.count_passes(rows, forwards=candidates.shape[1])
        return Population(candidates, logits, _costs(state.criterion.select(rows), logits))

    module = sys.modules[one_pixel.__module__]
    monkeypatch.setattr(module, "evaluate_candidates", evaluate_every_one)
    plain = one_pixel(network, images, max_pixels=2, generator=seeded(5), **SMALL)
    assert torch.equal(plain.adversarial, shared.adversarial)
    assert torch.equal(plain.iterations, shared.iterations)
    assert (shared.forwards < 0.8 * plain.forwards).all()


def test_a_generator_makes_it_repeatable(network, images):
    first, again, other = (
        one_pixel(network, images, generator=seeded(seed), **SMALL).adversarial for seed in (3, 3, 4)
    )
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"max_pixels": 0}, "max_pixels, max_iter and batch_size must be at least 1"),
        ({"max_iter": 0}, "max_pixels, max_iter and batch_size must be at least 1"),
        ({"batch_size": 0}, "they are 5, 100 and 0"),
        ({"population": 3}, "population must be at least 4"),
        ({"mutation": 0.0}, "mutation must lie above 0 and up to 2"),
    ],
)
def test_bad_parameters_are_refused(network, images, arguments, message):
    with pytest.raises(ParameterError, match=message):
        one_pixel(network, images, **arguments)
