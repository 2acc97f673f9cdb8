"""The comparison that stands for the paper's tables: which attacks there are, on how many images each."""

from collections.abc import Sequence

from sparsefool.data.photographs import Pictures
from sparsefool.data.specs import DatasetSpec, find_dataset
from sparsefool.errors import ParameterError
from sparsefool.experiments.comparison import AttackRun, Comparison
from sparsefool.experiments.paper.defaults import networks_of, usual_images
from sparsefool.experiments.records.attack_record import AttackRecord
from sparsefool.experiments.records.attack_settings import AttackSetting, sparsefool_setting
from sparsefool.experiments.records.record import Part


def paper_comparison(
    dataset: str,
    models: Sequence[str] = (),
    attacks: Sequence[str] = (),
    images: int | None = None,
    pictures: Pictures | None = None,
) -> Comparison:
    """Return the comparison that stands for the paper's tables on one data set.

    Args:
        dataset: name of one of :data:`sparsefool.data.specs.DATASETS`.
        models: the networks; where not given, those of the data set that load without a download.
        attacks: names or titles; all attacks of the comparison where not given.
        images: how many images each attack gets at most.
        pictures: what is attacked instead of the test images.

    Raises:
        DataError: there is no such data set.
        ParameterError: a network is of another data set, or an attack is not compared there.
    """
    spec = find_dataset(dataset)
    _check_attacks(spec, attacks)
    attack_runs = [
        run
        for model in networks_of(dataset, models)
        for run in _attack_runs(spec, model, images or usual_images(spec, pictures), pictures)
        if not attacks or run.record.setting.attack in attacks or run.name in attacks
    ]
    return Comparison(tuple(attack_runs))


def compared_attacks(dataset: str, pictures: Pictures | None = None) -> dict[str, int]:
    """Return the titles of the attacks that are compared on a data set, and how many images each gets.

    Args:
        dataset: its name.
        pictures: what is attacked instead of the test images.

    Raises:
        DataError: there is no such data set.
    """
    spec = find_dataset(dataset)
    return {run.name: run.images for run in _attack_runs(spec, "", usual_images(spec, pictures), pictures)}


def _check_attacks(dataset: DatasetSpec, attacks: Sequence[str]) -> None:
    """Raise an error unless all attacks, given by name or title, are compared on a data set."""
    known = {run.name: run.record.setting.attack for run in _attack_runs(dataset, "", dataset.test_images)}
    for attack in attacks:
        if attack not in known and attack not in known.values():
            listed = "; ".join(f"{name} ({title})" for title, name in known.items())
            raise ParameterError(
                f"There is no attack {attack!r} in the comparison on {dataset.name}; there "
                f"are, by name and title, {listed}."
            )


def _attack_runs(
    dataset: DatasetSpec, model: str, images: int, pictures: Pictures | None = None
) -> Sequence[AttackRun]:
    """Return the attacks of a data set's comparison on the first so many images, the costly ones on fewer."""

    def run(setting: AttackSetting, most: int, batch: int, sized_by: Part | None = None) -> AttackRun:
        record = AttackRecord(model, setting, batch, sized_by=sized_by, pictures=pictures)
        return AttackRun(record, min(images, most))

    ours = run(sparsefool_setting(dataset.paper_lambda), images, dataset.batch)
    sparsest = run(AttackSetting("sparsest"), 500, dataset.batch)
    features = AttackSetting("sparsest", (("count", "features"),), "SparseFool, sparsest in features")
    in_features = [run(features, 200, dataset.batch)] if dataset.channels > 1 else []
    noise = run(AttackSetting("random_pixels"), images, dataset.batch, ours.part)
    clippings = (("none", "unclipped"), ("end", "clipped at the end"), ("loop", "clipped inside"))
    forms = [
        AttackSetting("l1_deepfool", (("clipping", clipping),), f"ℓ1-DeepFool, {title}")
        for clipping, title in clippings
    ]
    sigma_zero = AttackSetting("sigma_zero", (("max_iter", 300),), "σ-zero, 300 steps")
    fmn = AttackSetting("fmn_l0", (("max_iter", 100),), "FMN-ℓ0, 100 steps")
    if dataset.max_pixels is None:
        every = [run(form, images, dataset.batch) for form in (*forms, sigma_zero, fmn)]
        return [ours, sparsest, *in_features, *every[:3], noise, *every[3:]]
    one_pixel = AttackSetting("one_pixel", (("max_pixels", dataset.max_pixels),))
    return [
        ours,
        sparsest,
        *in_features,
        noise,
        run(AttackSetting("jsma"), 200, 20),
        *(run(form, 200, 50) for form in forms),
        run(sigma_zero, 500, 50),
        run(fmn, 500, 50),
        run(one_pixel, 20, 1),
    ]
