import pytest
import torch
from torch import nn

from sparsefool.attacks import deepfool, find_boundary
from sparsefool.attacks.core.criterion import make_criterion
from sparsefool.classifier import Classifier
from sparsefool.errors import ParameterError
from sparsefool.types import Outcome
from tests.attacks.networks import linear_network, random_images, small_network

WEIGHTS = torch.tensor([[1.0, 0.0, 2.0], [0.0, 1.5, -1.0], [-1.0, 0.5, 0.25]])


def test_on_a_linear_network_it_lands_on_the_nearest_plane_with_its_normal():
    network = linear_network(WEIGHTS)
    image = torch.tensor([0.6, 0.3, 0.5]).view(1, 1, 1, 3)
    found = find_boundary(network, image)
    logits = network(image)[0]
    label = int(logits.argmax())
    candidate_classes = [k for k in range(3) if k != label]
    differences = {k: WEIGHTS[k] - WEIGHTS[label] for k in candidate_classes}
    distance = {k: float((logits[label] - logits[k]) / differences[k].norm()) for k in candidate_classes}
    nearest = min(distance, key=distance.get)
    w = differences[nearest]
    expected = image.flatten() + 1.02 * distance[nearest] * w / w.norm()
    torch.testing.assert_close(found.boundary_points.flatten(), expected)
    torch.testing.assert_close(found.normals.flatten(), w)
    assert found.boundary_labels.item() == nearest
    assert found.iterations.item() == 1


def test_a_target_is_reached():
    network, images = small_network(), random_images(6)
    labels = network(images).argmax(1)
    targets = (labels + 1) % 5
    result = deepfool(network, images, target=targets)
    assert result.success.any()
    reached = network(result.adversarial).argmax(1)
    assert torch.equal(reached[result.success], targets[result.success])


def test_deepfool_is_no_longer_than_the_step_to_any_single_plane(network, images):
    result = deepfool(network, images)
    assert result.success.all()
    assert torch.equal(network(result.adversarial).argmax(1), result.adversarial_labels)
    assert (result.adversarial_labels != result.labels).all()


def test_more_candidates_never_lead_further_on_a_linear_network():
    generator = torch.Generator().manual_seed(5)
    network = linear_network(torch.randn(8, 10, generator=generator))
    images = random_images(20, 1, 1, 10)
    few = deepfool(network, images, num_candidates=2).perturbation.flatten(1).norm(dim=1)
    all_classes = deepfool(network, images, num_candidates=8).perturbation.flatten(1).norm(dim=1)
    assert (all_classes <= few * (1 + 1e-5)).all()
    assert (all_classes < few * 0.99).any()


class _Constant(nn.Module):
    def forward(self, images):
        return torch.tensor([2.0, 1.0, 0.0]) + 0 * images.flatten(1).sum(1, keepdim=True)


class _NotANumber(nn.Module):
    def forward(self, images):
        return images.flatten(1)[:, :3] * torch.tensor([1.0, 1.0, torch.nan])


@pytest.mark.parametrize(
    ("module", "outcome"), [(_Constant(), Outcome.GRADIENT_VANISHED), (_NotANumber(), Outcome.NOT_FINITE)]
)
def test_a_network_without_a_direction_fails_with_a_reason(module, outcome):
    result = deepfool(Classifier(module, (0.0,), (1.0,)), random_images(2, 1, 2, 2))
    assert result.outcomes.tolist() == [outcome, outcome]
    assert not result.success.any()
    assert result.reason(0) == outcome.reason
    assert result.adversarial.isfinite().all()


def test_a_label_equal_to_the_target_is_refused(network, images):
    labels = network(images).argmax(1)
    with pytest.raises(ParameterError, match="target equals the label"):
        find_boundary(network, images, labels, target=labels)


@pytest.mark.parametrize(
    ("labels", "target", "message"),
    [
        (torch.zeros(3, dtype=torch.long), None, "labels must be integers"),
        (torch.zeros(12), None, "labels must be integers"),
        (torch.full((12,), 5), None, "classes from 0 to 4"),
        (None, 7, "target must be classes from 0 to 4"),
        (None, -1, "target must be classes from 0 to 4"),
    ],
)
def test_bad_labels_and_targets_are_refused(network, images, labels, target, message):
    with pytest.raises(ParameterError, match=message):
        make_criterion(network(images), labels, target)
