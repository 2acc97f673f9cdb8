"""The parts of pictures that this session has drawn or uploaded, by picture; they last as long as it does."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import cast

import numpy as np
import streamlit as st
from jaxtyping import Bool

from sparsefool.data.annotations import OBJECT, Annotation, Shape
from sparsefool.data.pictures import Picture
from sparsefool.data.samples import is_test_image, load_samples
from sparsefool.data.specs import DATASETS, find_dataset
from sparsefool.errors import DataError
from sparsefool.view.shared.controls.picture import SelectedImage

MOST_PICTURES, MOST_PARTS, MOST_CORNERS = 200, 12, 4_000
"""Pictures in a session, parts of a picture, and corners of all of them at most."""

LONGEST_NAME = 30
"""Characters of a part's name at most."""

SUGGESTED = (OBJECT, "head", "eyes", "ears", "mouth", "wings", "tail")
"""Names of parts that are offered; any other can be typed."""

_KEY = "drawn_parts"

Size = tuple[int, int]


@dataclass(eq=False)
class DrawnPicture:
    """A picture with its parts.

    Attributes:
        annotation: the parts, in the size in which they were drawn.
        dataset: whose networks take the picture; empty while one with a name has not been seen.
        picture: the pixels of one with a name; None for a test image, and while it has not been seen.
    """

    annotation: Annotation
    dataset: str = ""
    picture: Picture | None = None
    _masks: dict[Size, dict[str, Bool[np.ndarray, "h w"]]] = field(default_factory=dict, init=False)

    def masks(self, size: Size) -> dict[str, Bool[np.ndarray, "h w"]]:
        """Return the pixels of each part, by its name, in the picture of this height and width.

        Raises:
            DataError: these cannot be the parts of a picture of this shape.
        """
        if size not in self._masks:
            scaled = self.annotation.scaled(size)
            self._masks[size] = {name: scaled.mask(name) for name in scaled.parts}
        return self._masks[size]

    def fits(self, size: Size) -> bool:
        """Return whether these can be the parts of a picture of this height and width."""
        try:
            self.masks(size)
        except DataError:
            return False
        return True


def drawn_pictures() -> list[DrawnPicture]:
    """Return the pictures of this session that have parts, in the order in which they got them."""
    return list(_kept().values())


def parts_of(image: SelectedImage, dataset: str) -> DrawnPicture | None:
    """Return the parts of a picture; None if there are none, or if they cannot be those of this shape.

    Args:
        image: the picture.
        dataset: whose networks it is for.
    """
    drawn = _kept().get(_key_of(image, dataset))
    return drawn if drawn is not None and drawn.fits(_size(image.picture)) else None


def add_to_part(image: SelectedImage, dataset: str, name: str, shapes: Sequence[Shape]) -> None:
    """Add shapes to the part of a picture; there is a new one if it has none of this name.

    Args:
        image, dataset: as for :func:`parts_of`.
        name: of the part; spaces around it do not count.
        shapes: in the picture's pixels.

    Raises:
        DataError: the name cannot be used, or there would be too much.
    """
    size, (home, number) = _size(image.picture), _key_of(image, dataset)
    known = _kept().get((home, number))
    added = Annotation(
        home,
        number,
        size,
        {_name(name): tuple(shapes)},
        class_name=image.truth_name,
        on=datetime.now(UTC).date().isoformat(),
        how="drawn in SparseFool Explorer",
    )
    if known is not None:
        size = known.annotation.size
        parts = {
            key: (*known.annotation.parts.get(key, ()), *new) for key, new in added.scaled(size).parts.items()
        }
        added = replace(known.annotation, parts={**known.annotation.parts, **parts})
    _put(added, dataset, None if isinstance(number, int) else (known and known.picture) or image.picture)


def remove_part(drawn: DrawnPicture, name: str) -> None:
    """Remove a part of a picture, and the picture with its last part."""
    parts = {key: shapes for key, shapes in drawn.annotation.parts.items() if key != name}
    key = drawn.annotation.dataset, drawn.annotation.image
    if parts:
        _kept()[key] = DrawnPicture(replace(drawn.annotation, parts=parts), drawn.dataset, drawn.picture)
    else:
        _kept().pop(key, None)


def remove_all_parts() -> None:
    """Remove all parts of all pictures."""
    _kept().clear()


def put_annotations(annotations: Sequence[Annotation]) -> None:
    """Take uploaded parts; those that a picture had before are replaced. Nothing is taken if one is unusable.

    Raises:
        DataError: a picture is not known, or its parts cannot be used; or there are too many.
    """
    for each in annotations:
        _check(each)
    new = {(each.dataset, each.image) for each in annotations} - _kept().keys()
    if len(_kept()) + len(new) > MOST_PICTURES:
        raise DataError(
            f"At most {MOST_PICTURES} pictures can have parts; these would be {len(_kept()) + len(new)}."
        )
    for each in annotations:
        known = _kept().get((each.dataset, each.image))
        dataset = each.dataset if isinstance(each.image, int) else known.dataset if known else ""
        _put(each, dataset, known.picture if known else None)


def _kept() -> dict[tuple[str, int | str], DrawnPicture]:
    return cast("dict[tuple[str, int | str], DrawnPicture]", st.session_state.setdefault(_KEY, {}))


def _key_of(image: SelectedImage, dataset: str) -> tuple[str, int | str]:
    """Return the key of a picture: its number if it is a test image, and its name otherwise.

    One with a name is told by its pixels; where these are not known, or only in another size, by the name.
    """
    sample = image.sample
    if sample is not None and is_test_image(sample.gallery, sample.index):
        return sample.gallery, sample.index
    picture, own = image.picture, {key: each for key, each in _kept().items() if isinstance(key[1], str)}
    for key, each in own.items():
        if each.picture is not None and each.picture.sha256 == picture.sha256:
            return key
    for key, each in own.items():
        if key[1] == picture.name and (each.picture is None or _size(each.picture) != _size(picture)):
            if each.picture is None:
                each.picture, each.dataset = picture, dataset
            return key
    name, count = picture.name, 2
    while (dataset, name) in own:
        name, count = f"{picture.name} ({count})", count + 1
    return dataset, name


def _size(picture: Picture) -> Size:
    return picture.height, picture.width


def _put(annotation: Annotation, dataset: str, picture: Picture | None) -> None:
    _check(annotation)
    key = annotation.dataset, annotation.image
    if key not in _kept() and len(_kept()) >= MOST_PICTURES:
        raise DataError(f"At most {MOST_PICTURES} pictures can have parts: remove those of others first.")
    _kept()[key] = DrawnPicture(annotation, dataset, picture)


def _name(name: str) -> str:
    name = " ".join(name.split())
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        raise DataError(f"The name of a part has 1 to {LONGEST_NAME} characters; {name[:60]!r} came.")
    return name


def _check(annotation: Annotation) -> None:
    which = f"Picture {annotation.image!r}"
    for name in annotation.parts:
        if _name(name) != name:
            raise DataError(f"{which}: the name of the part {name!r} has superfluous spaces.")
    if len(annotation.parts) > MOST_PARTS:
        raise DataError(f"{which} has {len(annotation.parts)} parts; {MOST_PARTS} are allowed.")
    corners = sum(len(shape) for shapes in annotation.parts.values() for shape in shapes)
    if corners > MOST_CORNERS:
        raise DataError(f"{which}: the parts have {corners:,} corners in all; {MOST_CORNERS:,} are allowed.")
    if isinstance(annotation.image, str):
        return
    if annotation.dataset not in [spec.name for spec in DATASETS]:
        names = ", ".join(spec.name for spec in DATASETS)
        raise DataError(f"There are no numbered images of {annotation.dataset!r} here, only of {names}.")
    spec = find_dataset(annotation.dataset)
    images = len(load_samples(spec.name, spec.image_size))
    if annotation.image >= images:
        raise DataError(f"{spec.title} has images 0 to {images - 1} here; {annotation.image} is none.")
    annotation.scaled(spec.image_size)
