import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from sparsefool.training.augmentation import augment, erase, scale


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def ramp(n, height=6, width=7):
    """Make images whose every pixel value is unique: 10 * row + column, plus 100 per channel."""
    image = 10 * torch.arange(height)[:, None] + torch.arange(width)
    return (image + 100 * torch.arange(2)[:, None, None]).to(torch.uint8).expand(n, -1, -1, -1)


def shifted(image, dy, dx):
    """Shift with numpy's reflection, as the oracle."""
    import numpy as np

    height, width = image.shape[-2:]
    padded = np.pad(image.numpy(), ((0, 0), (2, 2), (2, 2)), mode="reflect")
    return torch.from_numpy(padded[:, 2 + dy : 2 + dy + height, 2 + dx : 2 + dx + width])


def test_nothing_to_do_leaves_the_images_alone():
    images = ramp(3)
    assert torch.equal(augment(images, 0, False, generator()), images)


def test_every_image_is_one_of_the_reflected_shifts_and_all_shifts_occur():
    images = ramp(600)
    possible = {shifted(images[0], dy, dx).numpy().tobytes() for dy in range(-2, 3) for dx in range(-2, 3)}
    seen = {image.numpy().tobytes() for image in augment(images, 2, False, generator())}
    assert seen == possible


def test_about_half_of_the_images_are_mirrored():
    images = ramp(1000)
    flipped = augment(images, 0, True, generator())
    mirrored = (flipped == images.flip(3)).flatten(1).all(dim=1)
    alone = (flipped == images).flatten(1).all(dim=1)
    assert bool((mirrored ^ alone).all())
    assert 430 < int(mirrored.sum()) < 570


@given(seed=st.integers(0, 2**31))
def test_the_generator_decides_everything_and_the_input_stays(seed):
    images = ramp(4).contiguous()
    before = images.clone()
    first, second = (augment(images, 2, True, generator(seed)) for _ in range(2))
    assert torch.equal(first, second)
    assert torch.equal(images, before)


def test_scaling_to_the_own_size_only_changes_the_unit():
    images = torch.tensor([[[[0, 255], [51, 102]]]], dtype=torch.uint8)
    assert torch.equal(scale(images, 2), images / 255)


@pytest.mark.parametrize("size", [20, 24])
def test_scaling_down_keeps_the_brightness(size):
    images = torch.randint(0, 256, (4, 3, 32, 32), dtype=torch.uint8, generator=generator())
    small = scale(images, size)
    assert small.shape == (4, 3, size, size)
    assert small.mean() == pytest.approx(images.float().mean().item() / 255, abs=0.02)
    assert small.std() < 0.8 * images.float().std() / 255


FILL = torch.tensor([0.25, 0.75]).view(1, 2, 1, 1)


def test_one_square_of_each_image_is_painted_wherever_its_centre_falls():
    painted = erase(torch.zeros(2000, 2, 6, 7), 4, FILL, generator())
    squares = set()
    for image in painted:
        rows, columns = (image[0] > 0).nonzero(as_tuple=True)
        top, bottom, left, right = (int(x) for x in (rows.min(), rows.max(), columns.min(), columns.max()))
        assert bool((image[:, top : bottom + 1, left : right + 1] == FILL[0]).all())
        assert len(rows) == (bottom - top + 1) * (right - left + 1)
        squares.add((top, bottom, left, right))
    spans = [{(max(0, c - 2), min(size - 1, c + 1)) for c in range(size)} for size in (6, 7)]
    assert squares == {(*row, *column) for row in spans[0] for column in spans[1]}


def test_nothing_is_painted_where_no_square_is_asked_for():
    images = torch.rand(3, 2, 6, 7, generator=generator())
    state = generator()
    assert erase(images, 0, FILL, state) is images
    assert torch.equal(state.get_state(), generator().get_state())
