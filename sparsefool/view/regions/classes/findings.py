"""What became of the images of one class on a network: which classes, and by which pixels."""

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import Float, UInt8
from plotly.colors import sample_colorscale, unlabel_rgb

from sparsefool.analysis.findings.fooling_classes import pair_maps
from sparsefool.analysis.findings.smoothed_maps import smoothed_maps
from sparsefool.analysis.region_findings import MeanMap, fooling_table, mean_maps
from sparsefool.backend.comparison import adversarial_picture, images_for, original_picture
from sparsefool.data.pictures import Picture
from sparsefool.formats import counted
from sparsefool.view.shared.picture_rows import Shown, Tile
from sparsefool.view.shared.pictures import Change, mark_changes

if TYPE_CHECKING:
    import pandas as pd


MOST_CLASSES = 8
"""Fooling classes whose mean map is drawn, most frequent first."""

HEAT, LEAST_OPACITY = "Inferno", 0.45
"""The colours of smoothed maps, and how much of the mean image they cover where there is nothing."""

MOST_IMAGES = 24
"""Images of one cell that are drawn, fewest perturbed pixels first."""


@dataclass(frozen=True, eq=False)
class ClassFindings:
    """The fooled images of one network, and the chosen cell of their table.

    Attributes:
        all_rows: of the experiment on regions.
        model: the network.
        titles: of all classes, each once.
        label, fooling_label: the chosen cell of the table.
    """

    all_rows: "pd.DataFrame"
    model: str
    titles: tuple[str, ...]
    label: int
    fooling_label: int

    @cached_property
    def table(self) -> "pd.DataFrame":
        """How many images of each class (rows) became each other class (columns), by title."""
        table = fooling_table(self.all_rows, self.model)
        titled = table.rename(index=self.titles.__getitem__, columns=self.titles.__getitem__)
        return titled.rename_axis(index="before / after", columns=None)

    @cached_property
    def maps(self) -> tuple[MeanMap, ...]:
        """The mean map of each fooling class of the original class, most frequent first."""
        return tuple(mean_maps(self.all_rows, self.model, self.label))

    @cached_property
    def cell(self) -> MeanMap | None:
        """The images of the chosen cell; None if there are none."""
        return next((each for each in self.maps if each.fooling_label == self.fooling_label), None)

    @cached_property
    def rows(self) -> "pd.DataFrame":
        """The rows of the network."""
        return self.all_rows[self.all_rows["model"] == self.model]

    @cached_property
    def average(self) -> Float[np.ndarray, "h w c"]:
        """The mean of the originals of the class that were fooled, in [0, 1]."""
        fooled = self.rows[self.rows["success_8bit"] & (self.rows["predicted"] == self.label)]
        images = images_for(self.model).images[fooled["image"].tolist()]
        return np.asarray(images.mean(0).permute(1, 2, 0))

    @property
    def heading(self) -> str:
        """The classes of the chosen cell, and the number of its images."""
        n = self.cell.n if self.cell else 0
        change = f"{self.titles[self.label]} → {self.titles[self.fooling_label]}"
        return f"{change}: n = {counted(n, 'image')}"

    @property
    def left_out(self) -> str:
        """A sentence on the images of the cell that are not drawn; empty if all are."""
        n = self.cell.n if self.cell else 0
        if n <= MOST_IMAGES:
            return ""
        return (
            f"Only the {MOST_IMAGES} with the fewest perturbed pixels are drawn; "
            f"{n - MOST_IMAGES:,} more are not."
        )

    def cell_tiles(self) -> list[Tile]:
        """Return the adversarial images of the cell, each with its perturbed pixels in colour beside it.

        Raises:
            DataError: the test images are not those that the rows speak of.
        """
        images = self.cell.images[:MOST_IMAGES] if self.cell else ()
        return [self._image_tile(image) for image in images]

    def map_tiles(self) -> list[Tile]:
        """Return, for each fooling class, the smoothed map over the mean image, and an image.

        The image is the one whose perturbation shows best how this class differs from the others.

        Raises:
            DataError: the test images are not those that the rows speak of.
        """
        return [self._map_tile(mean_map) for mean_map in self.maps[:MOST_CLASSES]]

    def _image_tile(self, image: int) -> Tile:
        row = self._row(image)
        before, after, truth = (
            self.titles[int(row[name])] for name in ("predicted", "fooling_label_8bit", "label")
        )
        change = self._change(row)
        told = f"called {before}, becomes {after} with {_pixels(row)}"
        pictures = (
            Shown(change.after, f"Image {image}, {told}.", change),
            _marked(change, f"The perturbed pixels of image {image}, in yellow."),
        )
        lines = [f"image {image}, {_pixels(row)}"] + [f"true class: {truth}"] * (truth != before)
        return Tile(pictures, f"{before} → {after}", tuple(lines))

    def _map_tile(self, mean_map: MeanMap) -> Tile:
        name = self.titles[mean_map.fooling_label]
        density, image = self._density(mean_map)
        row, top = self._row(image), float(density.max() * density.size)
        map_alt = (
            f"Where the perturbations of the {mean_map.n} images that become {name} lie: the smoothed map."
        )
        image_alt = f"Image {image}, which becomes {name} with {_pixels(row)}, in yellow."
        smoothed = Picture(heat_over(self.average, density), f"smoothed map, {name}")
        pictures = (Shown(smoothed, map_alt), _marked(self._change(row), image_alt))
        lines = (f"n = {mean_map.n}, brightest: {top:.1f} ×", f"image {image}: {_pixels(row)}")
        return Tile(pictures, f"→ {name}", lines)

    def _density(self, mean_map: MeanMap) -> tuple[Float[np.ndarray, "h w"], int]:
        """Return the mean smoothed map of a fooling class, and the number of the image to show beside it."""
        if len(self.maps) > 1:
            pair = pair_maps(self.rows, self.model, self.label, mean_map.fooling_label)
            return pair.density, pair.images[0]
        return smoothed_maps(mean_map.rates[None])[0], mean_map.images[0]

    def _row(self, image: int) -> "pd.Series[Any]":
        return self.rows[self.rows["image"] == image].iloc[0]

    def _change(self, row: "pd.Series[Any]") -> Change:
        return Change(original_picture(self.model, int(row["image"])), adversarial_picture(row))


def heat_over(
    average: Float[np.ndarray, "h w c"], density: Float[np.ndarray, "h w"]
) -> UInt8[np.ndarray, "h w 3"]:
    """Return a density in colours over an image in grey: dark where it is 0, bright where it is largest.

    Args:
        average: the image, in [0, 1].
        density: 0 or more.
    """
    share = density / max(float(density.max()), 1e-12)
    steps = np.array([unlabel_rgb(each) for each in sample_colorscale(HEAT, np.linspace(0, 1, 256).tolist())])
    colours = steps[(255 * share).round().astype(int)]
    grey = 255 * average.mean(axis=2, keepdims=True)
    opacity = LEAST_OPACITY + (1 - LEAST_OPACITY) * share[:, :, None]
    mixed: UInt8[np.ndarray, "h w 3"] = (opacity * colours + (1 - opacity) * grey).round().astype(np.uint8)
    return mixed


def _marked(change: Change, alt: str) -> Shown:
    """Return the perturbed pixels on the original, grey and dark."""
    return Shown(mark_changes(change.before, change.after), alt, change)


def _pixels(row: "pd.Series[Any]") -> str:
    return counted(int(row["pixels_8bit"]), "pixel")
