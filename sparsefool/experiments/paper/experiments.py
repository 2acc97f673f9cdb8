"""The sweeps, the transfer, the regions and the sample pictures of the paper, and how far rounding goes."""

from collections.abc import Sequence
from typing import TypeVar

from sparsefool.data.photographs import Pictures
from sparsefool.data.specs import FIGURE_7, find_dataset
from sparsefool.experiments.paper.defaults import SWEPT_PICTURES, networks_of, usual_images
from sparsefool.experiments.records.attack_settings import AttackSetting, sparsefool_setting
from sparsefool.experiments.regions import Regions
from sparsefool.experiments.rounding import Rounding
from sparsefool.experiments.sample_grid import MAP_DELTAS, MAP_LAMBDAS, SAMPLES, SampleGrid
from sparsefool.experiments.sweep import Sweep
from sparsefool.experiments.transfer import Transfer

FIGURE_4 = (1.0, 1.5, 2.0, 3.0, 5.0, 7.0, 10.0)
"""λ of the sweep that stands for Figure 4."""


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
