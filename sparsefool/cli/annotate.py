"""``python -m sparsefool annotate``: check a file of annotations, draw it, compare it with another."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import mean

import click
from PIL import Image, ImageDraw

from sparsefool.atomic_files import replacing
from sparsefool.data.annotations import Annotation, intersection_over_union, read_annotations
from sparsefool.data.image_files import read_picture
from sparsefool.data.pictures import Picture
from sparsefool.data.samples import load_samples
from sparsefool.data.specs import DATASETS
from sparsefool.errors import DataError
from sparsefool.formats import percent

COLOURS = ("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00")
"""Of the outlines; the parts of a file take them in the order in which they first come."""

SIDE = 512
"""The longer side of a drawn picture, in pixels, is the largest multiple of the picture's up to this."""


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option(
    "--draw", type=click.Path(file_okay=False, path_type=Path), help="Folder for outlined pictures."
)
@click.option(
    "--pictures",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Where the files are that annotations of one's own pictures name.  [default: beside FILE]",
)
@click.option(
    "--against",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Another file of the same pictures: print how far both agree (intersection over union).",
)
def annotate(file: Path, draw: Path | None, pictures: Path | None, against: Path | None) -> None:
    """Check FILE, annotations of parts of pictures as JSON Lines, and say what is in it.

    docs/annotations.md describes the format.
    """
    annotations = read_annotations(file)
    if not annotations:
        raise DataError(f"There is no picture in {file}.")
    parts = dict.fromkeys(name for each in annotations for name in each.parts)
    click.echo(f"Pictures: {len(annotations)}")
    for part in parts:
        masks = [each.mask(part) for each in annotations if part in each.parts]
        empty = sum(not mask.any() for mask in masks)
        note = f"; {empty} of them hold no pixel" if empty else ""
        share = mean(float(mask.mean()) for mask in masks)
        click.echo(f"{part}: {len(masks)} pictures, {percent(share, 1)} of the image in the mean{note}")
    if against is not None:
        for part, values in agreement(annotations, read_annotations(against)).items():
            click.echo(f"{part}: intersection over union {mean(values):.2f} in the mean, n = {len(values)}")
    if draw is not None:
        draw.mkdir(parents=True, exist_ok=True)
        colours = {part: COLOURS[number % len(COLOURS)] for number, part in enumerate(parts)}
        for each in annotations:
            name = f"{each.image:05d}" if isinstance(each.image, int) else Path(each.image).stem
            with replacing(draw / f"{each.dataset}-{name}.png") as unfinished:
                outlined(each, _picture(each, pictures or file.parent), colours).save(
                    unfinished, format="PNG"
                )
        click.echo(f"Drawn: {draw}, " + ", ".join(f"{part} {colour}" for part, colour in colours.items()))


def agreement(one: Sequence[Annotation], other: Sequence[Annotation]) -> Mapping[str, list[float]]:
    """Return for each part the intersection over union on each picture that both have, in either."""
    others = {(each.dataset, each.image): each for each in other}
    found: dict[str, list[float]] = {}
    for each in one:
        twin = others.get((each.dataset, each.image))
        if twin is not None and twin.size == each.size:
            for part in dict.fromkeys((*each.parts, *twin.parts)):
                found.setdefault(part, []).append(intersection_over_union(each.mask(part), twin.mask(part)))
    return found


def outlined(annotation: Annotation, picture: Picture, colours: Mapping[str, str]) -> Image.Image:
    """Return an enlarged picture with the outlines of its parts.

    Args:
        annotation: of the picture.
        picture: as large as the annotation says.
        colours: of each part.
    """
    height, width = annotation.size
    times = max(1, SIDE // max(height, width))
    small = Image.fromarray(picture.pixels.squeeze()).convert("RGB")
    large = small.resize((times * width, times * height), Image.Resampling.NEAREST)
    pen = ImageDraw.Draw(large)
    for part, shapes in annotation.parts.items():
        for shape in shapes:
            corners = [(times * x, times * y) for x, y in (*shape, shape[0])]
            pen.line(corners, fill="white", width=3)
            pen.line(corners, fill=colours[part], width=1)
    return large


def _picture(annotation: Annotation, folder: Path) -> Picture:
    if isinstance(annotation.image, str):
        path = folder / annotation.image
        try:
            picture = read_picture(path.read_bytes(), path.name)
        except OSError as error:
            raise DataError(f"{path} cannot be read: {error.strerror}.") from error
    else:
        if annotation.dataset not in [spec.name for spec in DATASETS]:
            raise DataError(f"There is no data set {annotation.dataset!r} with numbered test images.")
        samples = load_samples(annotation.dataset, annotation.size)
        if annotation.image >= len(samples):
            raise DataError(
                f"{annotation.dataset} has {len(samples)} test images; {annotation.image} is none."
            )
        picture = samples.picture(annotation.image)
    if (picture.height, picture.width) != annotation.size:
        raise DataError(
            f"{annotation.image} has {picture.height} x {picture.width} pixels; the file says "
            f"{annotation.size[0]} x {annotation.size[1]}."
        )
    return picture
