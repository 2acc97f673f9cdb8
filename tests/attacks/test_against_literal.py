"""The batched engine against a literal transcription of the paper, on a trained network."""

import pytest
import torch

from sparsefool import load_gallery, load_model
from sparsefool.attacks import find_boundary, sparsefool
from sparsefool.benchmarks import literal
from sparsefool.metrics import pixels_changed


@pytest.fixture(scope="module")
def lenet():
    return load_model("mnist/lenet", device="cpu")


@pytest.fixture(scope="module")
def digits():
    return load_gallery("mnist").images


@pytest.fixture(scope="module", params=[1.0, 3.0])
def comparison(request, lenet, digits):
    lambda_ = request.param
    literally = [literal.sparsefool(lenet, digit[None], lambda_) for digit in digits]
    return {
        "literal_pixels": torch.cat(
            [pixels_changed(d[None], r[0]) for d, r in zip(digits, literally, strict=True)]
        ),
        "literal_success": torch.tensor([fooled for _, fooled, _ in literally]),
        "batch": sparsefool(lenet, digits, lambda_=lambda_),
        "singles": [sparsefool(lenet, digit[None], lambda_=lambda_) for digit in digits],
    }


def test_the_boundary_is_that_of_the_transcription(lenet, digits):
    found = find_boundary(lenet, digits)
    for i, digit in enumerate(digits):
        label = int(found.criterion.labels[i])
        x_b, beyond, normal = literal.deepfool(lenet, digit[None], label)
        torch.testing.assert_close(found.boundary_points[i], x_b[0], atol=1e-4, rtol=0)
        torch.testing.assert_close(found.normals[i], normal[0], atol=1e-2, rtol=1e-2)
        assert int(found.boundary_labels[i]) == beyond


def test_one_image_at_a_time_gives_the_same_number_of_pixels(comparison):
    pixels = torch.cat([single.pixels_changed for single in comparison["singles"]])
    assert (pixels == comparison["literal_pixels"]).float().mean() >= 0.9


def test_a_batch_gives_the_same_number_of_pixels_for_most_images(comparison):
    assert (comparison["batch"].pixels_changed == comparison["literal_pixels"]).float().mean() >= 0.75


def test_medians_and_fooling_rates_agree(comparison):
    median = comparison["literal_pixels"].double().median()
    assert abs(comparison["batch"].pixels_changed.double().median() - median) <= 0.1 * median
    singles = torch.cat([single.success for single in comparison["singles"]])
    for success in (singles, comparison["batch"].success):
        assert success.float().mean() == comparison["literal_success"].float().mean()
