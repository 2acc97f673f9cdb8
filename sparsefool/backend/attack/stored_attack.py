"""The stored result of the attack that a picture has just been put through, to compare the two."""

from dataclasses import dataclass

from sparsefool.backend.attack.report import AttackReport
from sparsefool.backend.attack.request import AttackRequest
from sparsefool.data.pictures import Picture
from sparsefool.data.samples import load_samples
from sparsefool.data.specs import find_dataset
from sparsefool.errors import DataError, StoreError
from sparsefool.experiments.records.attack_record import AttackRecord
from sparsefool.experiments.records.attack_rows import rebuild
from sparsefool.experiments.records.attack_settings import AttackSetting, arguments_of
from sparsefool.experiments.records.record import Part
from sparsefool.experiments.records.store import RecordStore
from sparsefool.zoo.specs import find_spec


@dataclass(frozen=True)
class StoredAttack:
    """What experiments stored for an attack on a test image.

    Attributes:
        image: its number.
        batch: the images that were attacked at once.
        success_8bit, pixels_8bit, features_8bit: of the image rounded to 8 bits.
        same: whether it is the image of the report, value for value.
    """

    image: int
    batch: int
    success_8bit: bool
    pixels_8bit: int
    features_8bit: int
    same: bool


def stored_attack(report: AttackReport, image: int, store: RecordStore | None = None) -> StoredAttack | None:
    """Return what is stored for the attack of a report; None where nothing is, or its file is damaged.

    Args:
        report: of an attack on a test image.
        image: its number in the data set.
        store: where records are kept; the usual place if None.
    """
    record, store = _record_of(report.request), store or RecordStore()
    if record is None:
        return None
    try:
        part = Part(record, image + 1)
        rows = store.rows(part) if store.holds(part) else None
    except StoreError:  # the pages that show stored results name the file
        return None
    if rows is None:
        return None
    row = rows[rows["image"] == image].iloc[0]
    spec = find_spec(record.model)
    original = load_samples(spec.dataset, spec.input_size).images[image]
    if Picture.from_tensor(original).sha256 != report.request.picture_sha256:
        return None
    adversarial = rebuild(original, row["changed_at"].tolist(), row["changed_to"].tolist())
    return StoredAttack(
        image=image,
        batch=int(row["batch"]),
        success_8bit=bool(row["success_8bit"]),
        pixels_8bit=int(row["pixels_8bit"]),
        features_8bit=len(row["changed_at"]),
        same=Picture.from_tensor(adversarial).sha256 == report.adversarial.sha256,
    )


def _record_of(request: AttackRequest) -> AttackRecord | None:
    """Return the record of which a request is one image; None where experiments have none like it."""
    given, defaults = request.parameters(), arguments_of(AttackSetting(request.attack))
    tuned = tuple((name, given[name]) for name in ("lambda_", "delta", "count") if name in given)
    fixed = ("max_iter", "num_candidates", "max_passes", "overshoot")
    usual = all(given[name] == defaults[name] for name in fixed if name in given)
    if request.target is not None or request.region is not None or not usual:
        return None
    try:
        batch = find_dataset(find_spec(request.model).dataset).batch
    except DataError:  # a network of another data set
        return None
    return AttackRecord(request.model, AttackSetting(request.attack, tuned), batch)
