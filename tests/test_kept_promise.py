"""How much of a plane's promise is kept: all of it by a linear network, less where the boundary bends."""

import pytest
import torch
from torch import nn

from sparsefool.attacks import sparsefool
from tests.attacks.networks import linear_network, random_images
from tests.kept_promise import Falls


def share_kept(classifier, images):
    with torch.no_grad():
        top = classifier(images).topk(2, dim=1).values
    falls = Falls(top[:, 0] - top[:, 1])
    for row, image in enumerate(images):
        sparsefool(classifier, image[None], lambda_=3.0, observer=falls.observer(row))
    return falls.first, falls.kept / falls.promised


def test_a_linear_network_keeps_all_that_is_promised():
    classifier = linear_network(torch.randn(2, 48, generator=torch.Generator().manual_seed(0)))
    first, every = share_kept(classifier, random_images(4, channels=1, height=4, width=12))
    assert first.tolist() == pytest.approx([1.0] * 4, abs=0.03)
    assert every.tolist() == pytest.approx([1.0] * 4, abs=0.03)


def test_where_the_margin_saturates_away_from_the_boundary_less_is_kept():
    score = 0.2 * torch.randn(48, generator=torch.Generator().manual_seed(0))
    classifier = linear_network(torch.stack([score, torch.zeros(48)]))
    images = random_images(4, channels=1, height=4, width=12)
    far = (images.flatten(1) @ score).abs().argmax()
    classifier.module.append(nn.Tanh())
    first, every = share_kept(classifier, images[far, None])
    assert 0.3 < first.item() < 0.9
    assert torch.equal(first, every)  # one iteration was enough
