import numpy as np
import pytest

from sparsefool.backend.models import gallery_picture, picture_for
from sparsefool.data.galleries import load_gallery
from sparsefool.data.pictures import Picture
from sparsefool.errors import DataError, ImageError, ParameterError


@pytest.mark.parametrize("gallery", ["cifar10", "imagenet"])
def test_a_sample_is_the_gallerys(gallery):
    expected = load_gallery(gallery, (32, 32)).picture(4)
    assert gallery_picture("cifar10/vgg19", gallery, 4).sha256 == expected.sha256


@pytest.mark.parametrize(
    ("model", "gallery", "shape"),
    [
        ("imagenet/inception_v3", "imagenet", (299, 299, 3)),
        ("imagenet/efficientnet-lite0", "mnist", (224, 224, 3)),
        ("mnist/lenet", "imagenet", (28, 28, 1)),
    ],
)
def test_any_sample_comes_in_the_size_of_the_network(model, gallery, shape):
    assert gallery_picture(model, gallery, 0).pixels.shape == shape


def test_a_picture_is_brought_to_the_network():
    wide = Picture(np.full((50, 90, 1), 9, np.uint8), "wide")
    assert picture_for("cifar10/vgg19", wide).pixels.shape == (32, 32, 3)
    with pytest.raises(ImageError, match="too small"):
        picture_for("imagenet/vgg16", Picture(np.zeros((1, 1, 3), np.uint8), "dot"))


def test_a_sample_that_does_not_exist_is_named():
    with pytest.raises(ParameterError, match="images 0 to 999; 1000 was asked for"):
        gallery_picture("mnist/lenet", "mnist", 1000)
    with pytest.raises(DataError, match="no gallery 'cats'"):
        gallery_picture("mnist/lenet", "cats", 0)
