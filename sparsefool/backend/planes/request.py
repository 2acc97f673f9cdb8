"""The plane of an attack: the request and the report."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int64

from sparsefool.backend.attack.request import AttackRequest
from sparsefool.errors import ParameterError
from sparsefool.geometry.flatness import Flatness

XY = tuple[float, float]

ATTACK, RANDOM = "attack", "random"
KINDS = (ATTACK, RANDOM)
SEEDS = (0, 9999)
FEW, MANY = 41, 81
GRIDS = (FEW, MANY)
"""How many points a side of the grid may have."""


@dataclass(frozen=True)
class PlaneRequest:
    """A plane through an attack.

    Attributes:
        attack: which attack.
        kind: "attack": through x, x_B and the final x; "random": along the normal at x_B and a random
            direction.
        seed: of that direction, 0 to 9999.
        points: of the grid on each side, 41 or 81.

    Raises:
        ParameterError: a value is out of its range.
    """

    attack: AttackRequest
    kind: str = ATTACK
    seed: int = 0
    points: int = MANY

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ParameterError(f"A plane is one of {list(KINDS)}; {self.kind!r} came.")
        if not SEEDS[0] <= self.seed <= SEEDS[1]:
            raise ParameterError(f"The seed must be from {SEEDS[0]} to {SEEDS[1]}; it is {self.seed}.")
        if self.points not in GRIDS:
            raise ParameterError(f"A plane has one of {list(GRIDS)} points on a side; {self.points} came.")

    @property
    def device(self) -> str:
        """Where the attack runs."""
        return self.attack.device

    @property
    def networks(self) -> tuple[str, ...]:
        """The networks on which it runs."""
        return self.attack.networks

    @property
    def subject(self) -> tuple[str, ...]:
        """What it is about, whatever the parameters."""
        return (*self.attack.subject, self.kind)


@dataclass(frozen=True, eq=False)
class PlaneReport:
    """A network's decision regions on a plane, with the attack that runs through it.

    Coordinates are in levels of 0..255: ℓ2 lengths over the whole image.

    Attributes:
        model: the network's name.
        kind, lambda_: as they were asked for.
        subject: identifies the picture, the network and the kind.
        start_label, end_label: the network's labels of x and of the final x.
        rounds: of the attack.
        distance: from x to the first x_B.
        device: where it ran, for a person.
        names: the names of the labels that occur, by label.
        ticks: the coordinates of the grid along the first and the second axis.
        labels, margins: the network's labels and margins there; rows are the second axis.
        start, boundary_point, iterates: where x, the first x_B, and the images tested in the rounds lie, the
            last of them being the final x; where they are not in the plane, their projections. A random
            plane shows no iterates.
        off_plane: the largest distance of one of them from the plane.
        normal: the normal at the first x_B, its components along the axes.
        flatness: how far the boundary is from the line through x_B, in this window.
        turns: angles in degrees between the normals at successive boundary points.
        seconds: the time taken, without loading the network.
        stride: 1; more in a preview, for which only every stride-th point of a side has been evaluated.
    """

    model: str
    kind: str
    lambda_: float
    subject: str
    start_label: int
    end_label: int
    rounds: int
    distance: float
    device: str
    names: dict[int, str]
    ticks: tuple[Float[np.ndarray, " n"], Float[np.ndarray, " n"]]
    labels: Int64[np.ndarray, "n n"]
    margins: Float[np.ndarray, "n n"]
    start: XY
    boundary_point: XY
    iterates: tuple[XY, ...]
    off_plane: float
    normal: XY
    flatness: Flatness
    turns: tuple[float, ...]
    seconds: float
    stride: int
