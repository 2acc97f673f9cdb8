import math

import torch

from sparsefool.attacks import sparsefool
from sparsefool.experiments.measurement import measure_sparsefool
from tests.attacks.networks import random_images, small_network


def test_it_sums_up_what_the_attack_returns():
    network, images = small_network(), random_images(9)
    measured = measure_sparsefool(network, images, lambda_=2.0, delta=60.0, batch_size=4)
    result = sparsefool(network, images, lambda_=2.0, delta=60.0)
    pixels = sorted(result.pixels_changed[result.success].tolist())
    assert measured.n == 9
    assert measured.fooled == int(result.success.sum())
    assert measured.fooling_rate == measured.fooled / 9
    assert pixels[0] <= measured.pixels_interval[0] <= measured.median_pixels <= measured.pixels_interval[1]
    assert abs(measured.median_percent - 100 * measured.median_pixels / 36) < 1e-9
    assert abs(measured.mean_iterations - result.iterations.float().mean().item()) < 0.5
    assert measured.seconds_per_image > 0


def test_progress_is_told_before_each_batch():
    seen = []
    measure_sparsefool(
        small_network(),
        random_images(5),
        lambda_=3.0,
        batch_size=2,
        on_progress=lambda done, total: seen.append((done, total)),
    )
    assert seen == [(0, 5), (2, 5), (4, 5)]


def test_no_image_fooled_is_reported_as_such():
    measured = measure_sparsefool(small_network(), random_images(3), lambda_=1.0, delta=0.0)
    assert (measured.fooled, measured.fooled_8bit) == (0, 0)
    assert math.isnan(measured.median_pixels)
    assert torch.tensor(measured.pixels_interval).isnan().all()
