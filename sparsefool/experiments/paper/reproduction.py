"""The whole paper as experiments: Tables 1 to 3, Figures 4 and 6, and what the text says in numbers."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from sparsefool.data.photographs import Pictures
from sparsefool.data.specs import DATASETS, FIGURE_7, DatasetSpec
from sparsefool.experiments.comparison import AttackRun, Comparison
from sparsefool.experiments.experiment import Experiment
from sparsefool.experiments.paper.comparison import paper_comparison
from sparsefool.experiments.paper.defaults import networks_of, usual_images
from sparsefool.experiments.paper.experiments import FIGURE_4, paper_sweep, paper_transfer
from sparsefool.zoo.loading import is_available
from sparsefool.zoo.specs import MODELS

PLACES = ("Table 1", "Table 2", "Table 3", "Figure 4", "Figure 6")
"""What is measured anew, in the order in which it is told."""

ONE_PIXEL_IMAGES = 100
"""Images that the paper gives the one-pixel attack (Section 4.1)."""


@dataclass(frozen=True)
class Scale:
    """How much of the paper is measured, and on how many images.

    Attributes:
        name: on the command line.
        attacks: of the comparisons, by their names in the registry.
        images: of each data set, at most; the usual number where it is missing.
        sweep_images: likewise, of the sweeps; a data set with 0 is not swept.
        lambdas, deltas: of the sweeps that stand for Figures 4 and 6.
        transfer: data sets of which Table 3 is measured.
        capped: whether the costly attacks get fewer images, as in the project's own comparisons; otherwise as
            many as the others, and the one-pixel attack as many as in the paper.
    """

    name: str
    attacks: tuple[str, ...]
    images: Mapping[str, int]
    sweep_images: Mapping[str, int]
    lambdas: tuple[float, ...]
    deltas: Mapping[str, tuple[float, ...]]
    transfer: tuple[str, ...]
    capped: bool = True


_ATTACKS = ("sparsefool", "jsma", "one_pixel", "l1_deepfool", "random_pixels")
_DELTAS = {spec.name: spec.sweep_deltas for spec in DATASETS}

QUICK = Scale(
    "quick",
    attacks=("sparsefool", "jsma", "l1_deepfool", "random_pixels"),
    images={"mnist": 40, "cifar10": 20, "imagenet": 5},
    sweep_images={"mnist": 40, "cifar10": 20, "imagenet": 0},
    lambdas=(1.0, 3.0, 10.0),
    deltas=dict.fromkeys(_DELTAS, (10.0, 50.0, 255.0)),
    transfer=("cifar10",),
)
USUAL = Scale("usual", _ATTACKS, {}, {}, FIGURE_4, _DELTAS, ("cifar10", "imagenet"))
FULL = Scale(
    "full",
    _ATTACKS,
    images={},
    sweep_images={"mnist": 1000, "cifar10": 1000},
    lambdas=FIGURE_4,
    deltas={**_DELTAS, "imagenet": FIGURE_7},
    transfer=("cifar10", "imagenet"),
    capped=False,
)


@dataclass(frozen=True)
class Reproduced:
    """A piece of the paper, and the experiment that measures it.

    Attributes:
        place: where in the paper.
        dataset: on which it is measured.
        experiment: what measures it.
    """

    place: str
    dataset: str
    experiment: Experiment

    @property
    def title(self) -> str:
        """The place and the data set."""
        return f"{self.place}, {next(spec.title for spec in DATASETS if spec.name == self.dataset)}"


def reproduction(scale: Scale, pictures: Pictures | None = None) -> tuple[Reproduced, ...]:
    """Return the experiments that measure the paper anew, in the paper's order.

    On ImageNet the paper's networks are taken where their weights are here, and else those that load without
    a download.

    Args:
        scale: how much.
        pictures: of ImageNet, instead of the sample pictures.

    Raises:
        ParameterError: no network of a data set is on this machine.
    """
    return tuple(sorted(_pieces(scale, pictures), key=lambda piece: PLACES.index(piece.place)))


def _pieces(scale: Scale, pictures: Pictures | None) -> Iterator[Reproduced]:
    for spec in DATASETS:
        models = paper_networks(spec.name)
        chosen = pictures if pictures is not None and pictures.dataset == spec.name else None
        images = min(scale.images.get(spec.name, usual_images(spec, chosen)), usual_images(spec, chosen))
        compared = models if spec.files else models[:1] if _stand_ins(models) else models
        comparison = paper_comparison(spec.name, compared, (), images, chosen)
        runs = [run for run in comparison.attack_runs if run.record.setting.attack in scale.attacks]
        place = "Table 1" if spec.files else "Table 2"
        yield Reproduced(place, spec.name, Comparison(tuple(_resized(runs, scale, images))))
        if spec.name in scale.transfer:
            yield Reproduced(
                "Table 3", spec.name, paper_transfer(spec.name, models, images=images, pictures=chosen)
            )
        yield from _sweeps(spec, models, scale, chosen)


def _sweeps(
    spec: DatasetSpec, models: Sequence[str], scale: Scale, pictures: Pictures | None
) -> Iterator[Reproduced]:
    images = scale.sweep_images.get(spec.name)
    if images == 0:
        return
    swept = models[:1] if spec.resized else models
    four = paper_sweep(spec.name, swept, scale.lambdas, (), images, pictures)
    six = paper_sweep(spec.name, swept, (), scale.deltas[spec.name], images, pictures)
    yield Reproduced("Figure 4", spec.name, four)
    yield Reproduced("Figure 6", spec.name, six)


def _resized(runs: Sequence[AttackRun], scale: Scale, images: int) -> Iterator[AttackRun]:
    """Yield attacks with as many images as a scale gives each."""
    for run in runs:
        if scale.capped:
            yield run
        elif run.record.setting.attack == "one_pixel":
            yield replace(run, images=min(images, ONE_PIXEL_IMAGES))
        else:
            yield replace(run, images=images)


def paper_networks(dataset: str) -> tuple[str, ...]:
    """Return the networks of a data set on which the paper is measured anew.

    Raises:
        ParameterError: there is none on this machine.
    """
    theirs = tuple(
        spec.name for spec in MODELS if spec.dataset == dataset and spec.download and is_available(spec.name)
    )
    return theirs or networks_of(dataset, ())


def _stand_ins(models: Sequence[str]) -> bool:
    """Return whether networks are not the paper's, which need a download."""
    return not any(spec.download for spec in MODELS if spec.name in models)
