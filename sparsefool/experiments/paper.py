"""The comparisons of the paper as they are run here."""

from collections.abc import Sequence
from typing import TypeVar

from sparsefool.data.photographs import Pictures
from sparsefool.data.specs import FIGURE_7, DatasetSpec, find_dataset
from sparsefool.errors import ParameterError
from sparsefool.experiments.comparison import AttackRun, Comparison
from sparsefool.experiments.records.attack_rows import AttackRecord
from sparsefool.experiments.records.attack_settings import AttackSetting, sparsefool_setting
from sparsefool.experiments.records.record import Part
from sparsefool.experiments.regions import Regions
from sparsefool.experiments.rounding import Rounding
from sparsefool.experiments.sample_grid import MAP_DELTAS, MAP_LAMBDAS, SAMPLES, SampleGrid
from sparsefool.experiments.sweep import Sweep
from sparsefool.experiments.transfer import Transfer
from sparsefool.zoo.loading import available_models
from sparsefool.zoo.specs import MODELS, find_spec

MOST_PICTURES = 4000
"""How many of a set of pictures are attacked if one is not told: as many as the paper's of ImageNet."""

SWEPT_PICTURES = 200
"""The same of a sweep, which attacks each picture many times."""

FIGURE_4 = (1.0, 1.5, 2.0, 3.0, 5.0, 7.0, 10.0)
"""λ of the sweep that stands for Figure 4."""


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


def paper_sweep(
    dataset: str,
    models: Sequence[str] = (),
    lambdas: Sequence[float] = (),
    deltas: Sequence[float] = (),
    images: int | None = None,
    pictures: Pictures | None = None,
) -> Sweep:
    """Return the sweep of Figure 4 (λ) or, where several δ are given, of Figure 6.

    Args:
        dataset: name of one of :data:`sparsefool.data.specs.DATASETS`.
        models: the networks; where not given, those of the data set that load without a download.
        lambdas, deltas: every λ is tried with every δ. Of each, what is not given is the paper's: λ as in
            Table 1 where there are several δ and as in Figure 4 otherwise, δ = 255.
        images: how many; those of the data set (``sweep_images``) where not given, or 200 of the pictures.
        pictures: what is attacked instead of the test images.

    Raises:
        DataError: there is no such data set.
        ParameterError: a network is of another data set, or a λ or δ is out of its range.
    """
    spec = find_dataset(dataset)
    usual = (spec.paper_lambda,) if len(deltas) > 1 else FIGURE_4
    return Sweep(
        models=networks_of(dataset, models),
        lambdas=tuple(lambdas or usual),
        deltas=tuple(deltas or (255.0,)),
        images=images or (spec.sweep_images if pictures is None else min(len(pictures), SWEPT_PICTURES)),
        batch=spec.batch,
        pictures=pictures,
    )


def sample_grids(
    dataset: str, models: Sequence[str] = (), images: int = SAMPLES
) -> tuple[SampleGrid, SampleGrid]:
    """Return what is stored of each sample picture: ten δ in a row (Figure 7), and the λ × δ map.

    Args:
        dataset: name of one of :data:`sparsefool.data.specs.DATASETS`.
        models: the networks; where not given, those of the data set that load without a download.
        images: how many of the sample pictures.

    Raises:
        DataError: there is no such data set.
        ParameterError: a network is of another data set.
    """
    row, names = (find_dataset(dataset).paper_lambda,), networks_of(dataset, models)
    return SampleGrid(names, row, FIGURE_7, images), SampleGrid(names, MAP_LAMBDAS, MAP_DELTAS, images)


def paper_transfer(
    dataset: str,
    models: Sequence[str] = (),
    lambda_: float | None = None,
    delta: float = 255.0,
    images: int | None = None,
    pictures: Pictures | None = None,
) -> Transfer:
    """Return the transfer of Table 3 on one data set.

    Args:
        dataset: name of one of :data:`sparsefool.data.specs.DATASETS`.
        models: two networks or more; where not given, those that load without a download.
        lambda_: λ; where not given, that of Table 1.
        delta: δ in 0..255.
        images: how many; 1,000, or of ImageNet 20, where not given; of the pictures 4,000 or all there are.
        pictures: what is attacked instead of the test images.

    Raises:
        DataError: there is no such data set.
        ParameterError: there are fewer than two networks, or one of another data set, or a value is out of
            its range.
    """
    return _one_setting(Transfer, dataset, models, lambda_, delta, images, pictures)


def paper_regions(
    dataset: str,
    models: Sequence[str] = (),
    lambda_: float | None = None,
    delta: float = 255.0,
    images: int | None = None,
    pictures: Pictures | None = None,
) -> Regions:
    """Return the experiment on where perturbations fall (Figures 8 and 9) on one data set.

    Args:
        dataset, models, lambda_, delta, images, pictures: as in :func:`paper_transfer`; one network is
            enough.

    Raises:
        DataError: there is no such data set.
        ParameterError: a network is of another data set, or a value is out of its range.
    """
    return _one_setting(Regions, dataset, models, lambda_, delta, images, pictures)


def usual_rounding(dataset: str, models: Sequence[str] = (), images: int | None = None) -> Rounding:
    """Return how far rounding moves SparseFool and sparsest, as experiments run them, on one data set.

    Args:
        dataset: name of one of :data:`sparsefool.data.specs.DATASETS`.
        models: the networks; where not given, those of the data set that load without a download.
        images: how many; 40, or of ImageNet 20, where not given.

    Raises:
        DataError: there is no such data set.
        ParameterError: a network is of another data set.
    """
    spec = find_dataset(dataset)
    return Rounding(
        models=networks_of(dataset, models),
        settings=(sparsefool_setting(spec.paper_lambda), AttackSetting("sparsest")),
        images=images or min(40, spec.test_images),
        batch=spec.batch,
    )


_Experiment = TypeVar("_Experiment", Transfer, Regions)


def _one_setting(
    kind: type[_Experiment],
    dataset: str,
    models: Sequence[str],
    lambda_: float | None,
    delta: float,
    images: int | None,
    pictures: Pictures | None,
) -> _Experiment:
    """Return an experiment with one λ and one δ; what is not given is the paper's."""
    spec = find_dataset(dataset)
    return kind(
        models=networks_of(dataset, models),
        lambda_=spec.paper_lambda if lambda_ is None else lambda_,
        delta=delta,
        images=images or usual_images(spec, pictures),
        batch=spec.batch,
        pictures=pictures,
    )


def usual_images(dataset: DatasetSpec, pictures: Pictures | None) -> int:
    """Return how many images an experiment attacks if it is not told: of the pictures, or test images."""
    return dataset.test_images if pictures is None else min(len(pictures), MOST_PICTURES)


def networks_of(dataset: str, models: Sequence[str]) -> tuple[str, ...]:
    """Return the given networks; where there is none, those of the data set that load without a download.

    Raises:
        ModelError: there is no such network.
        ParameterError: one was trained on another data set, or none is given and none is here.
    """
    known = ", ".join(spec.name for spec in MODELS if spec.dataset == dataset)
    for model in models:
        if find_spec(model).dataset != dataset:
            raise ParameterError(f"{model} was not trained on {dataset}; networks that were: {known}.")
    chosen = tuple(models) or available_models(dataset)
    if not chosen:
        raise ParameterError(f"No network for {dataset} is on this machine; name one of {known}.")
    return chosen


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
