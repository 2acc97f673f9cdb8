import pytest
import torch

from sparsefool.errors import ParameterError
from sparsefool.similarity import psnr, ssim
from tests.attacks.networks import random_images


def noisy(seed=0, channels=3):
    before = random_images(3, height=24, width=30, seed=seed)[:, :channels]
    generator = torch.Generator().manual_seed(seed)
    after = (before + 0.2 * torch.randn(before.shape, generator=generator)).clamp(0, 1)
    return before, after


@pytest.mark.parametrize("channels", [1, 3])
def test_ssim_and_psnr_are_those_of_scikit_image(channels):
    metrics = pytest.importorskip("skimage.metrics")
    before, after = noisy(channels=channels)
    ours, noise = ssim(before, after), psnr(before, after)
    for row in range(len(before)):
        one, other = (images[row].double().numpy() for images in (before, after))
        theirs = metrics.structural_similarity(
            one,
            other,
            channel_axis=0,
            gaussian_weights=True,
            sigma=1.5,
            use_sample_covariance=False,
            data_range=1.0,
        )
        assert float(ours[row]) == pytest.approx(theirs, abs=1e-9)
        expected = metrics.peak_signal_noise_ratio(one, other, data_range=1.0)
        assert float(noise[row]) == pytest.approx(expected, abs=1e-9)


def test_equal_images_are_as_alike_as_can_be():
    before, _ = noisy()
    assert ssim(before, before).tolist() == pytest.approx([1.0] * 3)
    assert psnr(before, before).tolist() == [float("inf")] * 3


def test_more_noise_is_less_alike():
    before, after = noisy()
    little = before + 0.1 * (after - before)
    assert (ssim(before, little) > ssim(before, after)).all()
    assert (psnr(before, little) > psnr(before, after)).all()


def test_images_smaller_than_the_window_are_refused():
    with pytest.raises(ParameterError, match="11 x 11 pixels; there are 8 x 30"):
        ssim(torch.zeros(1, 1, 8, 30), torch.zeros(1, 1, 8, 30))
