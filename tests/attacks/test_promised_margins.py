"""What the plane of an iteration promises, on networks where the margin is known in closed form."""

import torch
from torch import nn

from sparsefool.attacks import deepfool, sparsefool, sparsest
from sparsefool.classifier import Classifier
from tests.attacks.networks import linear_network, random_images, small_network

GENTLE = torch.tensor([[0.0] * 4, [0.5, 0.3, -0.4, 0.2]])


class _Concave(nn.Module):
    """Two classes; the gap is Σ (2x − x²) − c, which lies Σ (x − y)² below its tangent at y."""

    def __init__(self, offset):
        super().__init__()
        self.offset = offset

    def forward(self, images):
        gap = (2 * images - images**2).flatten(1).sum(1) - self.offset
        return torch.stack([torch.zeros_like(gap), gap], dim=1)


def concave_network(offset):
    return Classifier(_Concave(offset), mean=(0.0,), std=(1.0,))


def events_of(attack, classifier, images, **parameters):
    events = []
    attack(classifier, images, observer=events.append, **parameters)
    return events


def margin_at_boundary(classifier, event):
    logits = classifier(event.boundary_points)
    return logits[:, 0] - logits[:, 1]


def test_a_linear_network_keeps_the_promise():
    classifier = linear_network(GENTLE, [0.0, -0.3])
    images = torch.tensor([0.2, 0.1, 0.9, 0.3]).view(1, 1, 1, 4)
    (event,) = events_of(sparsefool, classifier, images, lambda_=2.0)
    kept = event.promised_margins + margin_at_boundary(classifier, event)
    assert event.promised_margins.item() < 0
    torch.testing.assert_close(event.margins, kept, atol=1e-6, rtol=0)


def test_a_range_too_narrow_for_the_plane_shows_in_the_promise():
    classifier = linear_network(GENTLE, [0.0, -0.3])
    images = torch.tensor([0.2, 0.1, 0.9, 0.3]).view(1, 1, 1, 4)
    events = events_of(sparsefool, classifier, images, delta=255 * 0.05, lambda_=20.0)
    slack = -0.3 + float(GENTLE[1] @ images.flatten()) + 0.05 * float(GENTLE[1].abs().sum())
    assert events[-1].promised_margins.item() > 0
    torch.testing.assert_close(events[-1].margins, torch.tensor([-slack]), atol=1e-6, rtol=0)
    kept = events[-1].promised_margins + margin_at_boundary(classifier, events[-1])
    torch.testing.assert_close(events[-1].margins, kept, atol=1e-6, rtol=0)


def test_a_bent_network_falls_short_by_what_it_bends():
    classifier = concave_network(11.0)
    images = 0.5 * random_images(3, channels=1, height=4, width=4)
    events = events_of(sparsefool, classifier, images, lambda_=1.5)
    assert bool((events[0].margins > 0).all())
    for event in events:
        bent = (event.images - event.boundary_points).flatten(1).square().sum(1)
        kept = event.promised_margins + margin_at_boundary(classifier, event)
        torch.testing.assert_close(event.margins, kept + bent, atol=1e-5, rtol=0)


def test_attacks_without_planes_promise_nothing():
    classifier, images = small_network(), random_images(2)
    for attack in (deepfool, sparsest):
        assert events_of(attack, classifier, images)[0].promised_margins is None
