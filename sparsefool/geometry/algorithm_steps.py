"""An attack as a sequence of the steps of Algorithms 1 and 2, each with its lines in the paper."""

from dataclasses import dataclass
from enum import Enum

from sparsefool.geometry.attack_trace import AttackTrace, CoordinateUpdate, Point, Round


class StepKind(Enum):
    """What happens in a step."""

    START = "start"
    DEEPFOOL = "DeepFool"
    NORMAL = "normal"
    PLANE = "plane"
    COORDINATE = "coordinate"
    TEST = "test"
    END = "end"


_LINES = {
    StepKind.START: (2, (1,)),
    StepKind.DEEPFOOL: (2, (3,)),
    StepKind.NORMAL: (2, (5,)),
    StepKind.PLANE: (2, (6,)),
    StepKind.COORDINATE: (1, (4, 5, 6, 7)),
    StepKind.TEST: (2, (2, 7)),
    StepKind.END: (2, (9,)),
}


@dataclass(frozen=True, eq=False)
class AlgorithmStep:
    """One step of an attack.

    Attributes:
        kind: what happens.
        round: the round it belongs to; None at the start and at the end.
        index: which step of DeepFool or which update of the LinearSolver it is, from 0.
    """

    kind: StepKind
    round: Round | None = None
    index: int = 0

    @property
    def algorithm(self) -> int:
        """The number of the algorithm, 1 or 2."""
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
        return self.kind is StepKind.DEEPFOOL and last

    @property
    def point(self) -> Point | None:
        """The point that DeepFool or the test evaluates in this step."""
        if self.round is None:
            return None
        if self.kind is StepKind.DEEPFOOL:
            return self.round.deepfool[self.index]
        return self.round.tested if self.kind is StepKind.TEST else None

    @property
    def update(self) -> CoordinateUpdate | None:
        """The coordinate that the LinearSolver updates in this step."""
        return self.round.updates[self.index] if self.round and self.kind is StepKind.COORDINATE else None


def algorithm_steps(trace: AttackTrace) -> tuple[AlgorithmStep, ...]:
    """Return every step of an attack, from the start to the end."""
    steps = [AlgorithmStep(StepKind.START)]
    for each in trace.rounds:
        steps += [AlgorithmStep(StepKind.DEEPFOOL, each, index) for index in range(len(each.deepfool))]
        steps += [AlgorithmStep(StepKind.NORMAL, each), AlgorithmStep(StepKind.PLANE, each)]
        steps += [AlgorithmStep(StepKind.COORDINATE, each, index) for index in range(len(each.updates))]
        steps.append(AlgorithmStep(StepKind.TEST, each))
    return (*steps, AlgorithmStep(StepKind.END))
