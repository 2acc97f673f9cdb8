"""The program that compares sparsest with σ-zero prints what the attacks give."""

from click.testing import CliRunner

from sparsefool import load_model
from sparsefool.attacks import sigma_zero, sparsest
from sparsefool.zoo.specs import find_spec
from tests.attacked_images import attacked_images
from tests.sparsest_and_sigma_zero import main

LENET = "mnist/lenet"


def test_the_program_prints_the_means_of_both_attacks_in_blocks():
    printed = CliRunner().invoke(main, [LENET, "--images=5", "--batch=2", "--steps=60"]).output
    images, network = attacked_images(find_spec(LENET), 5), load_model(LENET, device="cpu")
    ours, theirs = sparsest(network, images), sigma_zero(network, images, max_iter=60)
    assert f"sparsest, pixels: fooled 5; mean pixels {ours.pixels_changed.float().mean():.2f}," in printed
    assert f"σ-zero, 60 steps: fooled 5; mean pixels {theirs.pixels_changed.float().mean():.2f}," in printed
    fewer, more = ((sign * (theirs.pixels_changed - ours.pixels_changed) > 0).sum() for sign in (1, -1))
    assert f"fewer pixels than σ-zero on {fewer} of 5 images that all fool, more on {more};" in printed
