import pytest
import torch

from sparsefool.attacks import jsma
from sparsefool.errors import ParameterError
from sparsefool.types import Outcome
from tests.attacks.networks import linear_network, random_images, small_network
from tests.reference import literal_baselines


@pytest.fixture
def tiny():
    return small_network(1, 4, 4).double(), random_images(10, 1, 4, 4).double()


@pytest.mark.parametrize("theta", [1.0, -1.0, 0.3, -0.25])
def test_towards_a_target_it_equals_the_literal_transcription(tiny, theta):
    network, images = tiny
    targets = (network(images).argmax(1) + 1) % 5
    result = jsma(network, images, theta=theta, gamma=0.8, target=targets)
    for i in range(len(images)):
        expected, fooled = literal_baselines.jsma(
            network, images[i : i + 1], int(targets[i]), theta, 0.8, targeted=True
        )
        torch.testing.assert_close(result.adversarial[i], expected[0], atol=1e-12, rtol=0)
        assert bool(result.success[i]) == fooled


def test_untargeted_it_equals_the_transcription_for_a_random_aim_that_is_not_the_label(tiny):
    network, images = tiny
    result = jsma(network, images, gamma=0.8, generator=torch.Generator().manual_seed(0))
    distances_of_aims = set()
    for i in range(len(images)):
        label = int(result.labels[i])
        endings = {
            aim: literal_baselines.jsma(network, images[i : i + 1], aim, 1.0, 0.8, targeted=False)
            for aim in range(5)
            if aim != label
        }
        matching = [aim for aim in endings if torch.allclose(result.adversarial[i], endings[aim][0][0])]
        assert matching
        assert bool(result.success[i]) == endings[matching[0]][1]
        if len(matching) == 1:
            distances_of_aims.add((matching[0] - label) % 5)
    assert len(distances_of_aims) >= 3


def test_on_a_linear_network_it_saturates_the_best_pair_first():
    network = linear_network([[2.0] + [-1.0] * 4, [0.0, 1.0, 0.5, 3.0, 2.0]], bias=[1.0, 0.0])
    image = torch.tensor([1.0, 0.1, 0.1, 0.1, 0.1]).view(1, 1, 1, 5)
    result = jsma(network, image, gamma=0.4)  # one pair
    assert result.adversarial.flatten().tolist() == pytest.approx([1.0, 0.1, 0.1, 1.0, 1.0])
    assert result.success.item()


def test_gamma_limits_the_features_and_the_limit_is_reported():
    network, images = small_network(seed=4), random_images(30, seed=9)
    free = jsma(network, images, gamma=1.0, target=(network(images).argmax(1) + 1) % 5)
    tight = jsma(network, images, gamma=0.05, target=(network(images).argmax(1) + 1) % 5)
    assert free.features_changed.max() > 5
    assert tight.features_changed.max() <= 0.05 * 108
    assert (tight.outcomes[~tight.success] == Outcome.ITERATIONS_EXHAUSTED).all()
    assert tight.iterations.max() == 2


def test_when_no_value_may_move_the_box_is_exhausted():
    network = small_network(1, 2, 2)
    result = jsma(network, torch.ones(1, 1, 2, 2), gamma=1.0)
    assert result.outcomes.tolist() == [Outcome.BOX_EXHAUSTED]
    assert result.forwards.tolist() == [1]


def test_a_pair_that_helps_nowhere_ends_the_attack():
    network = linear_network([[1.0, 1.0, 1.0], [-1.0, -1.0, -1.0]], bias=[1.0, 0.0])
    result = jsma(network, torch.full((1, 1, 1, 3), 0.5), gamma=1.0)
    assert result.outcomes.tolist() == [Outcome.GRADIENT_VANISHED]
    assert jsma(network, torch.full((1, 1, 1, 3), 0.5), gamma=1.0, theta=-1.0).features_changed.item() == 2


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"theta": 0.0}, "theta must lie between -1 and 1 and not be 0; it is 0"),
        ({"theta": 1.5}, "theta must lie"),
        ({"theta": float("nan")}, "theta must lie"),
        ({"gamma": 0.0}, "gamma is a fraction"),
        ({"gamma": 1.1}, "gamma is a fraction above 0 up to 1; it is 1.1"),
    ],
)
def test_bad_parameters_are_refused(network, images, arguments, message):
    with pytest.raises(ParameterError, match=message):
        jsma(network, images, **arguments)
