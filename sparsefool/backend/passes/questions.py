"""What attacks ask of a network: logits, or gradients, which one pass answers for several of them."""

from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from itertools import groupby

from jaxtyping import Float
from torch import Tensor


@dataclass(frozen=True, eq=False)
class Graph:
    """A forward that can be differentiated: the images of several attacks, and their logits."""

    images: Float[Tensor, "n c h w"]
    logits: Float[Tensor, "n k"]


@dataclass(frozen=True, eq=False)
class Passed:
    """What became of an attack's images: their logits, and their rows in the graph if there is one."""

    logits: Float[Tensor, "n k"]
    graph: Graph | None
    rows: slice


@dataclass(eq=False)
class LogitsQuestion:
    """An attack asks for the logits of its images."""

    images: Float[Tensor, "n c h w"]
    with_graph: bool
    answer: "Future[Passed]" = field(default_factory=Future)

    @property
    def kind(self) -> tuple[object, ...]:
        """Questions of one kind can share a pass."""
        return str(self.images.dtype), tuple(self.images.shape[1:])


@dataclass(eq=False)
class GradientsQuestion:
    """An attack asks for the gradients of m weighted sums of the logits of each of its images."""

    passed: Passed
    weights: Float[Tensor, "m n k"]
    answer: "Future[Tensor]" = field(default_factory=Future)

    @property
    def images(self) -> Float[Tensor, "n c h w"]:
        """The images, as they passed forwards."""
        return self.graph.images.detach()[self.passed.rows]

    @property
    def graph(self) -> Graph:
        """What they passed forwards in, perhaps with others."""
        assert self.passed.graph is not None
        return self.passed.graph

    @property
    def kind(self) -> tuple[object, ...]:
        """Questions of one kind can share a pass."""
        return str(self.images.dtype), (len(self.weights), *self.images.shape[1:])


Question = LogitsQuestion | GradientsQuestion


def grouped(questions: Sequence[Question], most_images: int) -> Iterator[Sequence[Question]]:
    """Yield questions of one kind, of so many images at most; those of a single question may be more."""
    for _, alike in groupby(sorted(questions, key=lambda each: each.kind), key=lambda each: each.kind):
        together: list[Question] = []
        for question in alike:
            if together and sum(len(each.images) for each in (*together, question)) > most_images:
                yield together
                together = []
            together.append(question)
        yield together
