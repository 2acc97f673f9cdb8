import torch

from sparsefool import metrics


def test_a_pixel_counts_once_whichever_channels_changed():
    before = torch.zeros(1, 3, 2, 2)
    after = before.clone()
    after[0, :, 0, 0] = 0.1
    after[0, 1, 1, 1] = 0.5
    assert metrics.pixels_changed(before, after).tolist() == [2]
    assert metrics.features_changed(before, after).tolist() == [4]
    assert metrics.max_change(before, after).tolist() == [127.5]
