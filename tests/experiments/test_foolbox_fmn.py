import subprocess
import sys

import pytest
import torch

from sparsefool.errors import ParameterError
from sparsefool.experiments.foolbox_fmn import fmn_l0
from sparsefool.experiments.records.attack_settings import AttackSetting, find_attack
from sparsefool.types import Outcome
from tests.attacks.networks import linear_network, random_images, small_network


def fewest_features(weights, image):
    """The optimum of a linear network with two classes: saturate what counts most, as few as needed."""
    logits = weights @ image
    label = int(logits.argmax())
    w = weights[1 - label] - weights[label]
    reach = torch.where(w > 0, w * (1 - image), -w * image).sort(descending=True).values
    return int((reach.cumsum(0) <= logits[label] - logits[1 - label]).sum()) + 1


def test_on_a_linear_network_it_comes_close_to_the_fewest_features():
    weights = torch.randn(2, 30, generator=torch.Generator().manual_seed(0))
    network, images = linear_network(weights), random_images(20, 1, 5, 6)
    result = fmn_l0(network, images, max_iter=100)
    fewest = torch.tensor([fewest_features(weights, image) for image in images.flatten(1)])
    assert result.success.all()
    extra = result.features_changed - fewest
    assert (extra >= 0).all()
    assert (extra <= 1).all()
    assert (extra == 0).float().mean() >= 0.8


def test_the_result_stays_within_0_and_1_and_fools_as_it_says():
    network, images = small_network(), random_images(12)
    images[:, :, 0] = 0.0
    images[:, :, 1] = 1.0
    result = fmn_l0(network, images, max_iter=30)
    assert ((result.adversarial >= 0) & (result.adversarial <= 1)).all()
    assert torch.equal(network(result.adversarial).argmax(1) != result.labels, result.success)
    assert result.success.any()
    assert torch.equal(result.adversarial[~result.success], images[~result.success])


def test_passes_are_counted_as_the_network_counts_them():
    network, images = small_network(), random_images(5)
    labels = network(images).argmax(1)
    labels[0] = (labels[0] + 1) % 5
    before = network.forwards
    result = fmn_l0(network, images, labels, max_iter=7)
    assert result.forwards.tolist() == [1, 9, 9, 9, 9]
    assert int(result.forwards.sum()) == network.forwards - before
    assert int(result.backwards.sum()) == network.backwards == 4 * 7
    assert result.iterations.tolist() == [0, 7, 7, 7, 7]


def test_the_observer_sees_every_iteration_and_can_end_it():
    network, images = small_network(), random_images(3)
    events = []
    watched = fmn_l0(network, images, max_iter=6, observer=events.append)
    assert [event.iteration for event in events] == [1, 2, 3, 4, 5, 6]
    assert torch.equal(events[0].images, images)
    assert torch.equal(watched.adversarial, fmn_l0(network, images, max_iter=6).adversarial)

    def stop(_):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fmn_l0(network, images, max_iter=6, observer=stop)


def test_an_epsilon_that_reaches_all_features_is_no_error():
    network = linear_network(torch.zeros(2, 6), [2.0, 0.0])
    result = fmn_l0(network, random_images(2, 1, 2, 3), max_iter=20)
    assert result.outcomes.tolist() == [Outcome.ITERATIONS_EXHAUSTED] * 2


def test_a_comparison_knows_it_and_bad_arguments_are_refused():
    assert find_attack("fmn_l0").run is fmn_l0
    assert AttackSetting("fmn_l0").name == "FMN-ℓ0"
    with pytest.raises(ParameterError, match="at least 1"):
        fmn_l0(small_network(), random_images(1), max_iter=0)


def test_foolbox_is_imported_only_when_it_runs():
    code = "import sparsefool.experiments.paper.comparison, sys; sys.exit('foolbox' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0
