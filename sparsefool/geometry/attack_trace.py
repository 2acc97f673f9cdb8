"""An attack on one image, round by round."""

from dataclasses import dataclass
from functools import cached_property

from jaxtyping import Float
from torch import Tensor

from sparsefool.attacks.core.criterion import Criterion
from sparsefool.types import AttackResult, Outcome


@dataclass(frozen=True, eq=False)
class Point:
    """An image, the network's label of it, and its margin in logits (negative: fooled)."""

    image: Float[Tensor, "c h w"]
    label: int
    margin: float


@dataclass(frozen=True, eq=False)
class CoordinateUpdate:
    """One iteration of Algorithm 1: the coordinate that was chosen, and how far it moved within the box.

    Attributes:
        coordinate: its index in the flattened image.
        before, after: the value, in [0, 1].
        unclipped: the value that Eq. (4) gives; beyond ``after`` where the box clips it.
        saturated: whether it ends at its bound and so joins the set S.
    """

    coordinate: int
    before: float
    after: float
    unclipped: float
    saturated: bool


@dataclass(frozen=True, eq=False)
class Round:
    """One iteration of the loop of Algorithm 2.

    Attributes:
        number: 1 for the first.
        start: x^(i).
        deepfool: the points that DeepFool tested, the last of them being x_B.
        normal: w at x_B, Eq. (6).
        direction: w / ‖w‖, the unit normal of the LinearSolver's plane.
        behind: whether the plane lies behind the iterate.
        plane_point: x^(i) + λ (x_B − x^(i)), through which that plane passes; with −λ where it lies behind.
        solution: x^(i+1), which the LinearSolver returned.
        tested: clip(x⁰ + (1 + overshoot) (x^(i+1) − x⁰)).
        updates: the iterations of Algorithm 1, in order.
    """

    number: int
    start: Float[Tensor, "c h w"]
    deepfool: tuple[Point, ...]
    normal: Float[Tensor, "c h w"]
    direction: Float[Tensor, "c h w"]
    behind: bool
    plane_point: Float[Tensor, "c h w"]
    solution: Float[Tensor, "c h w"]
    tested: Point
    updates: tuple[CoordinateUpdate, ...]

    @property
    def boundary_point(self) -> Point:
        """x_B."""
        return self.deepfool[-1]


@dataclass(frozen=True, eq=False)
class AttackTrace:
    """An attack on one image: where it started, its rounds, its end.

    Attributes:
        start: the image itself.
        lower, upper: the δ box within [0, 1].
        rounds: the rounds that ended with a test.
        result: what the attack returned.
        criterion: what counts as fooled.
    """

    start: Point
    lower: Float[Tensor, "c h w"]
    upper: Float[Tensor, "c h w"]
    rounds: tuple[Round, ...]
    result: AttackResult
    criterion: Criterion

    @property
    def fooled(self) -> bool:
        """Whether the network is fooled."""
        return bool(self.result.success[0])

    @property
    def outcome(self) -> Outcome:
        """Why the attack ended."""
        return Outcome(int(self.result.outcomes[0]))

    @cached_property
    def l1(self) -> float:
        """‖r‖₁ of the result, in levels of 0..255."""
        return 255 * float(self.result.perturbation.abs().sum())

    @property
    def coordinates(self) -> int:
        """The number of values that the result changes."""
        return int(self.result.features_changed[0])
