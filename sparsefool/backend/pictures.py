"""Pictures in the size that a network takes: from a gallery, or from anywhere."""

from sparsefool.data.galleries import load_gallery
from sparsefool.data.image_files import fit
from sparsefool.data.pictures import Picture
from sparsefool.errors import ParameterError
from sparsefool.zoo.specs import find_spec


def picture_for(model: str, picture: Picture) -> Picture:
    """Bring a picture to the size and channels of a network; one that has them comes back unchanged.

    Raises:
        ImageError: the picture is far too small for the network.
        ModelError: there is no such network.
    """
    spec = find_spec(model)
    return fit(picture, spec.input_size, spec.channels)


def gallery_picture(model: str, gallery: str, index: int) -> Picture:
    """Return a sample image in the size and channels of a network.

    Raises:
        DataError: there is no such gallery.
        ImageError: its images are far too small for the network.
        ParameterError: the gallery has no image of this number.
        ModelError: there is no such network.
    """
    spec = find_spec(model)
    images = load_gallery(gallery, spec.input_size)
    if not 0 <= index < len(images):
        raise ParameterError(
            f"The {gallery} gallery has images 0 to {len(images) - 1}; {index} was asked for."
        )
    return picture_for(model, images.picture(index))
