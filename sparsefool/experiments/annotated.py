"""SparseFool on pictures with annotated parts: exactly these are attacked (Section 4.2)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sparsefool import paths
from sparsefool.data.annotations import Annotation, read_annotations
from sparsefool.data.photographs import Pictures
from sparsefool.data.samples import load_samples
from sparsefool.data.specs import find_dataset
from sparsefool.errors import DataError, ParameterError
from sparsefool.experiments.experiment import Holds, Read, part_after_part
from sparsefool.experiments.records.attack_record import AttackRecord
from sparsefool.experiments.records.attack_rows import changes, with_setting
from sparsefool.experiments.records.attack_settings import AttackSetting, sparsefool_setting
from sparsefool.experiments.records.record import Part, Task
from sparsefool.zoo.specs import find_spec

if TYPE_CHECKING:
    import pandas as pd

SETTINGS: Mapping[str, AttackSetting] = {
    "lambda-3": sparsefool_setting(3.0),
    "lambda-1": sparsefool_setting(1.0),
    "lambda-10": sparsefool_setting(10.0),
    "sparsest": AttackSetting("sparsest"),
}
"""The attacks whose places are measured, by the names that they have on disk."""

MAIN = "lambda-3"
"""The attack of which everything is measured."""


@dataclass(frozen=True)
class AnnotatedPictures:
    """An attack on annotated pictures, on one network or several.

    Attributes:
        attacked: the rows that are read, in the order in which they are measured.

    Raises:
        ParameterError: nothing is attacked.
    """

    attacked: tuple[Part, ...]
    name: str = "parts"

    def __post_init__(self) -> None:
        if not self.attacked:
            raise ParameterError("There is no annotated picture to attack.")

    @property
    def models(self) -> Sequence[str]:
        """The networks, each once."""
        return tuple(dict.fromkeys(part.record.model for part in self.attacked))

    @property
    def images(self) -> int:
        """How many pictures of one network are attacked, at most."""
        counts = [
            sum(part.images for part in self.attacked if part.record.model == model) for model in self.models
        ]
        return max(counts)

    def parts(self) -> Sequence[Part]:
        """Return the rows that are read."""
        return self.attacked

    def tasks(self) -> Sequence[Task]:
        """Return the blocks of each part, one part after the other."""
        return part_after_part(self.attacked)

    def stored(self, holds: Holds, /) -> "AnnotatedPictures | None":
        """Return the same on those pictures and networks of which all rows are there, if any."""
        there = tuple(part for part in self.attacked if holds(part))
        return replace(self, attacked=there) if there else None

    def table(self, read: Read, /) -> "pd.DataFrame":
        """Return one row for each picture and network.

        The columns are those of the attack, with ``model``, and with what the annotations call the picture in
        ``image``; ``changed_by`` is there for all.
        """
        import pandas as pd

        tables = []
        for part in self.attacked:
            record = part.record
            assert isinstance(record, AttackRecord)
            rows = read(part)
            if rows.empty:
                continue
            rows = with_setting(rows, record.setting)
            if record.pictures is None:
                spec = find_spec(record.model)
                images = load_samples(spec.dataset, spec.input_size).images
                rows["changed_by"] = changes(images[rows["image"].tolist()], rows)
            else:
                rows["image"] = pd.Series([record.pictures.named[at] for at in rows["image"]], dtype=object)
            rows.insert(0, "model", record.model)
            tables.append(rows)
        return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame()

    def describe(self) -> Mapping[str, Any]:
        """Return the rows that are read."""
        return {"attacked": [{**part.record.describe(), "images": part.images} for part in self.attacked]}


def annotated_pictures(
    dataset: str,
    models: Sequence[str],
    setting: AttackSetting,
    annotations: Sequence[Annotation],
    holds: Holds,
    place: Path | None = None,
) -> AnnotatedPictures:
    """Return an attack on annotated pictures that reads what rows there are.

    Where the first test images were attacked anyway, up to the last annotated one, these rows are read; so
    are those of all pictures that the project annotates, if these are among them. Otherwise exactly the
    annotated pictures are attacked.

    Args:
        dataset: that of the networks.
        models: the networks.
        setting: the attack.
        annotations: of test images of the data set, and of other pictures.
        holds: tells whether rows are there.
        place: the file or folder with these other pictures; not needed where they were attacked already.

    Raises:
        DataError: there is no such data set, or a picture is of another one or of another size.
        ParameterError: there is no picture.
    """
    spec = find_dataset(dataset)
    _check(dataset, models, annotations)
    ours = [each for file in spec.annotations for each in read_annotations(paths.ANNOTATIONS / file)]
    attacked = []
    for model in models:
        for source in dict.fromkeys(each.dataset for each in annotations):
            record = AttackRecord(model, setting, spec.batch)
            exact = _chosen(dataset, source, annotations, place)
            known = _chosen(dataset, source, ours, place)
            choices = [Part(replace(record, pictures=exact), len(exact))]
            if set(exact.named) <= set(known.named):
                choices.insert(0, Part(replace(record, pictures=known), len(known)))
            if source == dataset:
                choices.insert(0, Part(record, 1 + max(map(int, exact.named))))
            attacked.append(next((part for part in choices if holds(part)), choices[-1]))
    return AnnotatedPictures(tuple(attacked))


def _check(dataset: str, models: Sequence[str], annotations: Sequence[Annotation]) -> None:
    """Raise an error unless networks can take the annotated pictures."""
    for model in models:
        height, width = find_spec(model).input_size
        for each in annotations:
            elsewhere = isinstance(each.image, int) and each.dataset != dataset
            if elsewhere or each.size != (height, width):
                raise DataError(
                    f"{model} takes images of {dataset} of {height} x {width} pixels; picture {each.image} "
                    f"is of {each.dataset} and {each.size[0]} x {each.size[1]}."
                )


def _chosen(dataset: str, source: str, annotations: Sequence[Annotation], place: Path | None) -> Pictures:
    chosen = [each for each in annotations if each.dataset == source]
    return Pictures(
        dataset,
        source,
        tuple(each.image for each in chosen),
        tuple(each.class_name for each in chosen),
        place,
    )
