"""Every λ with every δ on one picture: the request and the report."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from sparsefool.analysis.pareto import GridPoint
from sparsefool.backend.attack.request import AttackRequest
from sparsefool.data.pictures import Picture
from sparsefool.errors import ParameterError

LARGEST_GRID = 200
"""Pairs of λ and δ at most."""


@dataclass(frozen=True)
class SweepRequest:
    """SparseFool on one picture with every λ and every δ; equal requests have equal pixels and parameters.

    Attributes:
        model: a network's name.
        picture: the original, in the network's input size.
        lambdas: each at least 1.
        deltas: each from 0 to 255 levels.
        max_iter, num_candidates, device: as in :class:`~sparsefool.backend.attack.request.AttackRequest`.

    Raises:
        ParameterError: a value is out of its range or twice there, or there are too many pairs.
    """

    model: str
    picture: Picture = field(compare=False)
    lambdas: tuple[float, ...]
    deltas: tuple[float, ...]
    max_iter: int = 50
    num_candidates: int = 10
    device: str = "auto"
    picture_sha256: str = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "picture_sha256", self.picture.sha256)
        for title, values in (("λ", self.lambdas), ("δ", self.deltas)):
            if not values or len(set(values)) < len(values):
                raise ParameterError(f"A sweep needs at least one {title}, and none twice; it has {values}.")
        if len(self.grid) > LARGEST_GRID:
            raise ParameterError(f"{len(self.grid)} pairs of λ and δ are too many: at most {LARGEST_GRID}.")
        for lambda_, delta in self.grid:
            self.single(lambda_, delta)

    @property
    def grid(self) -> tuple[tuple[float, float], ...]:
        """All pairs of λ and δ."""
        return tuple((lambda_, delta) for lambda_ in self.lambdas for delta in self.deltas)

    @property
    def networks(self) -> tuple[str, ...]:
        """The networks on which it runs."""
        return (self.model,)

    @property
    def subject(self) -> tuple[str, ...]:
        """The picture and the network, whatever λ and δ."""
        return self.picture_sha256, self.model

    def single(self, lambda_: float, delta: float) -> AttackRequest:
        """Return the request of one pair alone."""
        return AttackRequest(
            self.model,
            self.picture,
            lambda_=lambda_,
            delta=delta,
            max_iter=self.max_iter,
            num_candidates=self.num_candidates,
            device=self.device,
        )


@dataclass(frozen=True)
class SeenClass:
    """The class that the network sees in an image: its label, its name, and its probability in [0, 1]."""

    label: int
    name: str
    confidence: float


@dataclass(frozen=True, eq=False)
class SweepPoint:
    """What one (λ, δ) did to the picture; all of it is about the image rounded to 8 bits.

    Attributes:
        lambda_, delta: the pair.
        adversarial: the 8-bit image.
        after: what the network sees in it.
        success: whether the network is fooled by it.
        success_float32: whether it was fooled by the attack's own result.
        pixels, percent: pixels that changed in any channel, and the same in percent.
        max_change: the largest change of a value, in 0..255.
        mean_change: the mean size of the change of the changed values, in 0..255; 0 where none changed.
        ssim, psnr: how alike it is to the original (:mod:`sparsefool.similarity`); psnr in dB.
        iterations: outer iterations.
    """

    lambda_: float
    delta: float
    adversarial: Picture
    after: SeenClass
    success: bool
    success_float32: bool
    pixels: int
    percent: float
    max_change: float
    mean_change: float
    ssim: float
    psnr: float
    iterations: int


@dataclass(frozen=True, eq=False)
class SweepReport:
    """The points of a :class:`SweepRequest`, in the order of its grid.

    Attributes:
        request: what was asked for.
        before: what the network sees in the original.
        points: one per pair of λ and δ.
        weights_sha256: of the network's weights file.
        device: where it ran, for a person.
        forwards, backwards: passes of the attacks; the first linearisation counts once, and not at all where
            it was known already.
        seconds: the time taken, without loading the network.
        date: when it ended, in UTC, as in ISO 8601.
        stored: whether it was read from a stored table, and not computed for this request.
    """

    request: SweepRequest
    before: SeenClass
    points: tuple[SweepPoint, ...]
    weights_sha256: str
    device: str
    forwards: int
    backwards: int
    seconds: float
    date: str
    stored: bool = False


def grid_points(points: Iterable[SweepPoint]) -> tuple[GridPoint, ...]:
    """Return points as those of many images are, for the λ × δ map and the Pareto front."""
    return tuple(
        GridPoint(each.lambda_, each.delta, 1, int(each.success), each.pixels, each.percent, each.max_change)
        for each in points
    )
