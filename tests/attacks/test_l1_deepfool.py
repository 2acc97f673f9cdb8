import pytest
import torch

from sparsefool.attacks import l1_deepfool
from sparsefool.errors import ParameterError
from sparsefool.types import Outcome
from tests.attacks.networks import linear_network, random_images, small_network
from tests.reference import literal_baselines

TWO_CLASSES = [[0.0, 0.0, 0.0], [1.0, -4.0, 2.0]]


def test_on_a_linear_network_it_moves_the_one_value_that_reaches_the_nearest_plane():
    weights = torch.randn(6, 12, generator=torch.Generator().manual_seed(3))
    network, images = linear_network(weights), random_images(20, 1, 3, 4)
    result = l1_deepfool(network, images)
    assert result.success.all()
    assert (result.iterations == 1).all()
    for image, change in zip(images.flatten(1), result.perturbation.flatten(1), strict=True):
        logits = weights @ image
        label = int(logits.argmax())
        distances = [
            float((logits[label] - logits[k]) / (weights[k] - weights[label]).abs().max())
            for k in range(6)
            if k != label
        ]
        assert (change != 0).sum() == 1
        assert change.abs().sum().item() == pytest.approx(1.02 * min(distances), rel=1e-4)


@pytest.mark.parametrize("clipping", ["none", "end", "loop"])
def test_it_ends_where_the_literal_transcription_ends(clipping):
    network, images = small_network(1, 4, 4).double(), random_images(12, 1, 4, 4).double()
    result = l1_deepfool(network, images, clipping=clipping)
    for i in range(len(images)):
        expected, fooled = literal_baselines.l1_deepfool(network, images[i : i + 1], clipping)
        torch.testing.assert_close(result.adversarial[i], expected[0], atol=1e-9, rtol=0)
        assert bool(result.success[i]) == fooled


def test_clipping_undoes_a_step_that_leaves_the_box():
    network = linear_network(TWO_CLASSES, bias=[2.0, 0.0])
    image = torch.tensor([0.5, 0.25, 0.5]).view(
        1, 1, 1, 3
    )  # a gap of 1.5: value 1 would have to fall by 0.375
    free = l1_deepfool(network, image)
    assert free.success.item()
    assert free.adversarial.min() < 0
    ended = l1_deepfool(network, image, clipping="end")
    assert not ended.success.item()
    assert ended.outcomes.item() == Outcome.BOX_EXHAUSTED
    assert torch.equal(ended.adversarial, free.adversarial.clamp(0, 1))
    assert ended.forwards.item() == free.forwards.item() + 1
    looped = l1_deepfool(network, image, clipping="loop")
    assert looped.outcomes.item() == Outcome.BOX_EXHAUSTED
    assert looped.adversarial.flatten().tolist() == [0.5, 0.0, 0.5]
    assert looped.iterations.item() == 2


def test_clipping_changes_nothing_where_nothing_leaves_the_box():
    network = linear_network(TWO_CLASSES, bias=[0.4, 0.0])
    image = torch.full((1, 1, 1, 3), 0.5)
    results = [l1_deepfool(network, image, clipping=clipping) for clipping in ("none", "end", "loop")]
    assert all(result.success.item() for result in results)
    assert all(torch.equal(result.adversarial, results[0].adversarial) for result in results)
    assert len({result.forwards.item() for result in results}) == 1


def test_the_paper_s_claim_holds_on_a_small_network():
    network, images = small_network(seed=4), random_images(60, seed=9)
    rates = [
        l1_deepfool(network, images, clipping=clipping).success.float().mean()
        for clipping in ("none", "end", "loop")
    ]
    assert rates[0] == 1
    assert max(rates[1:]) < 1


def test_an_unknown_clipping_is_refused(network, images):
    with pytest.raises(ParameterError, match='clipping must be "none", "end" or "loop"; it is \'never\''):
        l1_deepfool(network, images, clipping="never")
