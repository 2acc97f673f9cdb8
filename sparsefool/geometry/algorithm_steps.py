"""The stages of Algorithms 1 and 2, one after the other, each with the line that it stands on."""

from dataclasses import dataclass
from enum import Enum

from sparsefool.geometry.attack_trace import AttackTrace, Move, Point, Round


class Kind(Enum):
    """What happens in a stage."""

    START = "start"
    DEEPFOOL = "DeepFool"
    NORMAL = "normal"
    PLANE = "plane"
    COORDINATE = "coordinate"
    TEST = "test"
    END = "end"


_LINES = {
    Kind.START: (2, (1,)),
    Kind.DEEPFOOL: (2, (3,)),
    Kind.NORMAL: (2, (5,)),
    Kind.PLANE: (2, (6,)),
    Kind.COORDINATE: (1, (4, 5, 6, 7)),
    Kind.TEST: (2, (2, 7)),
    Kind.END: (2, (9,)),
}


@dataclass(frozen=True, eq=False)
class Stage:
    """One thing that happens in an attack.

    Attributes:
        kind: what it is.
        round: the round it belongs to; None at the start and at the end.
        index: which step of DeepFool or which move of the LinearSolver, from 0.
    """

    kind: Kind
    round: Round | None = None
    index: int = 0

    @property
    def algorithm(self) -> int:
        """1 or 2."""
        return _LINES[self.kind][0]

    @property
    def lines(self) -> tuple[int, ...]:
        """The lines of that algorithm, as the paper numbers them."""
        if self.arrived:
            return (3, 4)
        return _LINES[self.kind][1]

    @property
    def arrived(self) -> bool:
        """Whether this is the step of DeepFool that ends at x_B."""
        last = self.round is not None and self.index == len(self.round.deepfool) - 1
        return self.kind is Kind.DEEPFOOL and last

    @property
    def point(self) -> Point | None:
        """The point that DeepFool or the test asked the network about in this stage."""
        if self.round is None:
            return None
        if self.kind is Kind.DEEPFOOL:
            return self.round.deepfool[self.index]
        return self.round.tested if self.kind is Kind.TEST else None

    @property
    def move(self) -> Move | None:
        """The move of the LinearSolver in this stage."""
        return self.round.moves[self.index] if self.round and self.kind is Kind.COORDINATE else None


def stages(recording: AttackTrace) -> tuple[Stage, ...]:
    """Return every stage of an attack, the start first and the end last."""
    found = [Stage(Kind.START)]
    for each in recording.rounds:
        found += [Stage(Kind.DEEPFOOL, each, index) for index in range(len(each.deepfool))]
        found += [Stage(Kind.NORMAL, each), Stage(Kind.PLANE, each)]
        found += [Stage(Kind.COORDINATE, each, index) for index in range(len(each.moves))]
        found.append(Stage(Kind.TEST, each))
    return (*found, Stage(Kind.END))
