"""Examples of a finding on a part: pictures with the part outlined, those with the largest effect first."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import streamlit as st

from sparsefool.analysis.findings.parts import (
    PartFinding,
    of_kind,
    read_part_images,
    shipped_annotations,
)
from sparsefool.backend.attack.reproduction import Sample
from sparsefool.backend.attack.request import AttackRequest
from sparsefool.backend.comparison import adversarial_picture, original_picture
from sparsefool.backend.models import gallery_picture
from sparsefool.data.annotations import OBJECT, Annotation
from sparsefool.data.pictures import Picture
from sparsefool.data.regions import LONGEST_TEXT, Region
from sparsefool.experiments.annotated import SETTINGS, annotated_pictures
from sparsefool.experiments.records.store import RecordStore
from sparsefool.formats import counted, percent
from sparsefool.view.regions.parts.texts import one_of
from sparsefool.view.shared.charts import legend_html
from sparsefool.view.shared.controls.attack_address import open_attack_page
from sparsefool.view.shared.controls.region import ANYWHERE, RegionChoice
from sparsefool.view.shared.page import lecture_mode
from sparsefool.view.shared.palette import GREEN, MARK, SKY
from sparsefool.view.shared.picture_rows import Contour, Shown, Tile, tile_width, tiles_html
from sparsefool.view.shared.pictures import Change, mark_changes
from sparsefool.zoo.specs import find_spec

if TYPE_CHECKING:
    import pandas as pd

SIDE, LECTURE_SIDE = 128, 192
"""Pictures are enlarged by the largest whole factor that keeps them within this; and in lecture mode."""

EXAMPLES = 6
"""Pictures in the row."""

LARGEST, SMALLEST = "largest effect", "smallest effect"


@dataclass(frozen=True, eq=False)
class Example:
    """A picture of a finding.

    Attributes:
        finding: what it is an example of.
        image: its number among the test images.
        share, area: of the part: its share of the perturbed pixels, and of the area, as in the finding.
        pixels: all that changed.
        on_object: those of them that lie on the object.
        before, after: what the network sees.
        change: the original and the adversarial picture.
        annotation: its parts.
    """

    finding: PartFinding
    image: int
    share: float
    area: float
    pixels: int
    on_object: int
    before: str
    after: str
    change: Change
    annotation: Annotation

    @property
    def stacked(self) -> bool:
        """Whether its pictures are so large that they lie below one another."""
        return self.change.before.width > SIDE

    def width(self, side: int) -> int:
        """Return the width of its pictures in CSS pixels, if each is enlarged to at most ``side``."""
        one = tile_width(self.change.before, side)
        return one if self.stacked else 2 * one + 4

    def tile(self) -> Tile:
        """Return the original and the perturbed pixels, with the part and the object outlined on both."""
        part, one = self.finding.found.part, one_of(self.finding.kind)
        whole = "picture" if part == OBJECT else one
        on = f"the {one}" if part == OBJECT else f"the {part}"
        told = f"{percent(self.share)} on {on}, {percent(self.area)} of the {whole}"
        contours = outlines(self.annotation, part)
        pictures = (
            Shown(
                self.change.before,
                f"Test image {self.image}, seen as {self.before}, with {on} outlined.",
                None,
                contours,
            ),
            Shown(
                mark_changes(self.change.before, self.change.after),
                f"The {self.pixels:,} perturbed pixels of test image {self.image}, in yellow: {told}.",
                self.change,
                contours,
            ),
        )
        pixels = f"{counted(self.pixels, 'pixel')}, {self.on_object:,} on the {one}"
        return Tile(pictures, f"{self.before} → {self.after}", (f"!{told}", pixels), self.stacked)


def outlines(annotation: Annotation, part: str) -> tuple[Contour, ...]:
    """Return the outlines of the object, dashed, and of a part."""
    found = [Contour(annotation.mask(OBJECT), GREEN, dashed=part != OBJECT)]
    if part != OBJECT:
        found.append(Contour(annotation.mask(part), SKY))
    return tuple(each for each in found if each.mask.any())


def examples_of(finding: PartFinding, largest: bool = True, count: int = EXAMPLES) -> list[Example]:
    """Return examples of a finding, sorted by how many more pixels lie on the part than its area explains.

    Photographs that do not come with the project cannot be shown, so they are no examples.

    Args:
        finding: of one network, attack and kind of picture.
        largest: whether those with the largest effect come first.
        count: how many, at most.

    Raises:
        StoreError: the file with the enrichment of each picture is missing or damaged.
        DataError: the test images are not those that the rows speak of.
    """
    dataset = find_spec(finding.model).dataset
    annotations = {
        str(each.image): each
        for each in of_kind(shipped_annotations(dataset), dataset, finding.kind)
        if each.dataset == dataset
    }
    images = _images(finding, dataset, list(annotations), largest)[:count]
    if not len(images):
        return []
    rows = _rows(finding, dataset, list(annotations.values()))
    return [
        _example(finding, row, each, annotations[row["picture"]])
        for _, row in images.iterrows()
        for _, each in rows[rows["image"].astype(str) == row["picture"]].iterrows()
    ]


def show_examples(examples: Sequence[Example]) -> None:
    """Draw examples side by side, each with a button that opens it on the Attack page."""
    finding = examples[0].finding
    one = one_of(finding.kind)
    legend = [] if finding.found.part == OBJECT else [(SKY, finding.found.part)]
    st.html(legend_html(*legend, (GREEN, f"the {one}"), (MARK, "perturbed pixels")))
    side = LECTURE_SIDE if lecture_mode() else SIDE
    with st.container(horizontal=True, gap="medium"):
        for example in examples:
            with st.container(width=example.width(side), gap="small"):
                st.html(tiles_html([example.tile()], side))
                if st.button("Open in Attack", icon=":material/blur_on:", key=f"open_{example.image}"):
                    open_example(example)


def open_example(example: Example) -> None:
    """Open the Attack page with the picture, network and attack of an example, its part being the region."""
    finding = example.finding
    setting, dataset = SETTINGS[finding.setting], find_spec(finding.model).dataset
    picture: Picture = gallery_picture(finding.model, dataset, example.image)
    request = AttackRequest(
        finding.model,
        picture,
        AttackRequest.lambda_ if setting.lambda_ != setting.lambda_ else setting.lambda_,
        setting.delta,
        attack=setting.attack,
    )
    region = Region(example.annotation.mask(finding.found.part))
    usable = region.pixels > 0 and len(region.text()) <= LONGEST_TEXT
    choice = RegionChoice(region if usable else None, ANYWHERE)
    open_attack_page(request, Sample(dataset, example.image), choice)


def _images(finding: PartFinding, dataset: str, pictures: Sequence[str], largest: bool) -> "pd.DataFrame":
    """Return the enrichment of the part in each picture, sorted by its effect."""
    rows = read_part_images(dataset)
    chosen = (
        (rows["model"] == finding.model)
        & (rows["setting"] == finding.setting)
        & (rows["weighted"] == finding.weighted)
        & rows["picture"].isin(pictures)
    )
    rows = rows[chosen].drop_duplicates(["picture", "part"])
    on_object = rows[rows["part"] == OBJECT].set_index("picture")["share"]
    rows = rows[rows["part"] == finding.found.part]
    rows = rows.assign(on_object=rows["picture"].map(on_object) * rows["pixels"])
    base = rows["pixels"] if finding.found.part == OBJECT else rows["on_object"]
    surplus = (rows["share"] - rows["area"]) * base
    return rows.assign(surplus=surplus).sort_values(["surplus", "picture"], ascending=not largest)


def _rows(finding: PartFinding, dataset: str, annotations: Sequence[Annotation]) -> "pd.DataFrame":
    """Return the stored rows of the attack on the annotated test images."""
    store = RecordStore()
    setting = SETTINGS[finding.setting]
    planned = annotated_pictures(dataset, [finding.model], setting, annotations, store.holds)
    return planned.table(store.rows)


def _example(
    finding: PartFinding, image: "pd.Series[Any]", row: "pd.Series[Any]", note: Annotation
) -> Example:
    names = find_spec(finding.model).class_names
    number = int(image["picture"])
    return Example(
        finding=finding,
        image=number,
        share=float(image["share"]),
        area=float(image["area"]),
        pixels=int(image["pixels"]),
        on_object=round(image["on_object"]),
        before=names[int(image["predicted"])],
        after=names[int(image["fooling_label"])],
        change=Change(original_picture(finding.model, number), adversarial_picture(row)),
        annotation=note,
    )
