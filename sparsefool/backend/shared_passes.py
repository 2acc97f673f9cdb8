"""Attacks that share the passes through a network: continuous batching, as inference servers do it.

Each attack runs in a thread of its own, as if it were alone, on a :class:`SharedClassifier`. Where it needs
logits or gradients, it waits until the others need some as well, and one pass answers all of them. So an
attack joins with its first pass and leaves with its last, whatever it is and however long it takes.
"""

import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import groupby

import torch
from jaxtyping import Float
from torch import Tensor
from torch.utils.weak import WeakIdKeyDictionary

from sparsefool.classifier import Classifier

MOST_IMAGES_CPU, MOST_IMAGES_GPU = 32, 512
"""Images that share a pass at most: on a CPU, more take longer in proportion, and all wait for all."""

SHORTEST_WAIT, LONGEST_WAIT = 0.001, 0.02
"""Seconds to wait at most for attacks that are busy elsewhere: half of what a pass takes, within these."""

PASS_COST_CPU, PASS_COST_GPU = 2, 50
"""What a pass costs besides its images, in images: on a CPU as measured with a ResNet-18 for 32 x 32 pixels,
batches of 1 and 20; on a GPU not measured, but much, because launches take most of the time."""

BACKWARD_COST = 1.3
"""What a backward costs, in forwards."""


@dataclass(frozen=True, eq=False)
class _Graph:
    """A forward that can be differentiated: the images of several attacks, and their logits."""

    images: Float[Tensor, "n c h w"]
    logits: Float[Tensor, "n k"]


@dataclass(frozen=True, eq=False)
class _Passed:
    """What became of an attack's images: their logits, and their rows in the graph if there is one."""

    logits: Float[Tensor, "n k"]
    graph: _Graph | None
    rows: slice


@dataclass(eq=False)
class _LogitsQuestion:
    """An attack asks for the logits of its images."""

    images: Float[Tensor, "n c h w"]
    with_graph: bool
    answer: "Future[_Passed]" = field(default_factory=Future)

    @property
    def kind(self) -> tuple[object, ...]:
        """Questions of one kind can share a pass."""
        return str(self.images.dtype), tuple(self.images.shape[1:])


@dataclass(eq=False)
class _GradientsQuestion:
    """An attack asks for the gradients of m weighted sums of the logits of each of its images."""

    passed: _Passed
    weights: Float[Tensor, "m n k"]
    answer: "Future[Tensor]" = field(default_factory=Future)

    @property
    def images(self) -> Float[Tensor, "n c h w"]:
        """The images, as they passed forwards."""
        return self.graph.images.detach()[self.passed.rows]

    @property
    def graph(self) -> _Graph:
        """What they passed forwards in, perhaps with others."""
        assert self.passed.graph is not None
        return self.passed.graph

    @property
    def kind(self) -> tuple[object, ...]:
        """Questions of one kind can share a pass."""
        return str(self.images.dtype), (len(self.weights), *self.images.shape[1:])


_Question = _LogitsQuestion | _GradientsQuestion


class SharedPasses:
    """The passes through a network of all attacks that run on it at a time.

    They take place in a thread of their own, which lives as long as there are any. A pass that fails is done
    again in halves, so that only those attacks fail that would have failed alone.

    Args:
        classifier: the network.
    """

    def __init__(self, classifier: Classifier) -> None:
        self.classifier = classifier
        self._changed = threading.Condition()
        self._members = 0
        self._asked: list[_Question] = []
        self._thread: threading.Thread | None = None
        self._seconds = 0.0
        self._forwards_next = True

    @contextmanager
    def joined(self) -> Iterator["SharedClassifier"]:
        """Give the network to an attack, which must run in the thread that calls this."""
        with self._changed:
            self._members += 1
        try:
            yield SharedClassifier(self)
        finally:
            with self._changed:
                self._members -= 1
                self._changed.notify_all()

    def ask(self, question: _Question) -> None:
        """Queue a question, which is answered with the next pass."""
        with self._changed:
            self._asked.append(question)
            if self._thread is None:
                name = f"sparsefool-passes-{self.classifier.name}"
                self._thread = threading.Thread(target=self._serve, name=name, daemon=True)
                self._thread.start()
            self._changed.notify_all()

    def _serve(self) -> None:
        asked: Sequence[_Question] = ()
        try:
            with self.classifier.held(self._first_images()):
                while asked := self._next():
                    started = time.perf_counter()
                    for together in _groups(asked, MOST_IMAGES_CPU if self._on_cpu else MOST_IMAGES_GPU):
                        self._answer(together)
                    self._seconds = time.perf_counter() - started
        except BaseException as error:  # whatever ends this thread must be told to those who wait for it
            with self._changed:
                left, self._asked, self._thread = self._asked, [], None
            for question in (*asked, *left):
                if not question.answer.done():
                    question.answer.set_exception(error)

    def _first_images(self) -> Tensor | None:
        with self._changed:
            return next((each.images for each in self._asked if isinstance(each, _LogitsQuestion)), None)

    def _next(self) -> Sequence[_Question]:
        """Wait for questions, for a moment those of all attacks; return none once there is no attack.

        Forwards and backwards take turns, so that attacks fall into step.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._asked or not self._members)
            if not self._asked:
                self._thread = None
                return ()
            wait = min(max(self._seconds / 2, SHORTEST_WAIT), LONGEST_WAIT)
            self._changed.wait_for(lambda: len(self._asked) >= self._members, timeout=wait)
            forwards = [each for each in self._asked if isinstance(each, _LogitsQuestion)]
            backwards = [each for each in self._asked if isinstance(each, _GradientsQuestion)]
            take_forwards = bool(forwards) and (self._forwards_next or not backwards)
            self._forwards_next = not take_forwards
            self._asked = list(backwards if take_forwards else forwards)
            return forwards if take_forwards else backwards

    @property
    def _on_cpu(self) -> bool:
        return self.classifier.device.type == "cpu"

    def _answer(self, questions: Sequence[_Question]) -> None:
        error = self._attempt(questions)
        if error is None:
            return
        if len(questions) == 1:
            questions[0].answer.set_exception(error)
            return
        left = [each for each in questions if not each.answer.done()]
        middle = len(left) // 2
        for half in (left[:middle], left[middle:]):
            if half:
                self._answer(half)

    def _attempt(self, questions: Sequence[_Question]) -> BaseException | None:
        """Answer questions of one kind by one pass, or return the error."""
        try:
            if isinstance(questions[0], _LogitsQuestion):
                self._pass_forwards([each for each in questions if isinstance(each, _LogitsQuestion)])
            else:
                self._pass_backwards([each for each in questions if isinstance(each, _GradientsQuestion)])
        except BaseException as error:
            return error.with_traceback(None)  # its frames would keep the memory of the pass
        return None

    def _pass_forwards(self, questions: Sequence[_LogitsQuestion]) -> None:
        images = torch.cat([each.images for each in questions])
        graph = None
        if any(each.with_graph for each in questions):
            graph = _Graph(images.requires_grad_(), self.classifier(images))
            logits = graph.logits.detach()
        else:
            with torch.no_grad():
                logits = self.classifier(images)
        start = 0
        for each in questions:
            rows = slice(start, start + len(each.images))
            start = rows.stop
            each.answer.set_result(_Passed(logits[rows].clone(), graph if each.with_graph else None, rows))

    def _pass_backwards(self, questions: Sequence[_GradientsQuestion]) -> None:
        graphs = {id(each.graph): each.graph for each in questions}
        asked = sum(each.weights.shape[1] for each in questions)
        cost = PASS_COST_CPU if self._on_cpu else PASS_COST_GPU
        again = (1 + BACKWARD_COST) * (cost + asked)
        if again < BACKWARD_COST * sum(cost + len(each.images) for each in graphs.values()):
            self._pass_backwards_anew(questions)
            return
        for name, graph in graphs.items():
            of_graph = [each for each in questions if id(each.graph) == name]
            weights = graph.logits.new_zeros((len(of_graph[0].weights), *graph.logits.shape))
            for each in of_graph:
                weights[:, each.passed.rows] = each.weights
            gradients = self._gradients(graph, weights)
            for each in of_graph:
                each.answer.set_result(gradients[:, each.passed.rows].contiguous())

    def _pass_backwards_anew(self, questions: Sequence[_GradientsQuestion]) -> None:
        """Let images of several graphs pass forwards again, and then backwards all at once."""
        images = torch.cat([each.images for each in questions]).requires_grad_()
        graph = _Graph(images, self.classifier(images))
        gradients = self._gradients(graph, torch.cat([each.weights for each in questions], 1))
        start = 0
        for each in questions:
            end = start + each.weights.shape[1]
            each.answer.set_result(gradients[:, start:end].contiguous())
            start = end

    def _gradients(self, graph: _Graph, weights: Float[Tensor, "m n k"]) -> Float[Tensor, "m n c h w"]:
        scores = (graph.logits * weights).sum(2)
        return self.classifier.input_gradients(scores, graph.images, keep_graph=True)


class SharedClassifier(Classifier):
    """A network as one attack sees it: its passes are shared with other attacks, its counts are its own.

    Its logits can be differentiated by :meth:`input_gradient` and :meth:`input_gradients` only.

    Args:
        passes: of the network.
    """

    def __init__(self, passes: SharedPasses) -> None:
        of = passes.classifier
        super().__init__(of.module, of.mean.flatten(), of.std.flatten(), of.class_names, of.name, of.outputs)
        self.mean, self.std = of.mean, of.std
        self._passes = passes
        self._passed = WeakIdKeyDictionary()

    @contextmanager
    def held(self, images: Tensor | None = None) -> Iterator[None]:  # noqa: ARG002
        """Do nothing: the network is held where the passes take place."""
        yield

    def forward(self, images: Float[Tensor, "n c h w"]) -> Float[Tensor, "n k"]:
        """Return the logits of images in [0, 1]: see :meth:`Classifier.forward`."""
        self.forwards += len(images)
        question = _LogitsQuestion(images.detach(), torch.is_grad_enabled() and images.requires_grad)
        self._passes.ask(question)
        passed = question.answer.result()
        if passed.graph is not None:
            passed.logits.requires_grad_()
            self._passed[images] = passed
        return passed.logits

    def input_gradient(
        self, scores: Float[Tensor, " n"], images: Float[Tensor, "n c h w"], *, keep_graph: bool = False
    ) -> Float[Tensor, "n c h w"]:
        """Return the gradient of each image's score: see :meth:`Classifier.input_gradient`."""
        return self.input_gradients(scores[None], images, keep_graph=keep_graph)[0]

    def input_gradients(
        self,
        scores: Float[Tensor, "m n"],
        images: Float[Tensor, "n c h w"],
        *,
        keep_graph: bool = False,  # noqa: ARG002
    ) -> Float[Tensor, "m n c h w"]:
        """Return the gradients of m scores of each image: see :meth:`Classifier.input_gradients`."""
        self._check_differentiable(scores)
        self.backwards += scores.numel()
        passed: _Passed = self._passed[images]
        weights = [torch.autograd.grad(each.sum(), passed.logits, retain_graph=True)[0] for each in scores]
        question = _GradientsQuestion(passed, torch.stack(weights))
        self._passes.ask(question)
        return question.answer.result()


def _groups(questions: Sequence[_Question], most_images: int) -> Iterator[Sequence[_Question]]:
    """Yield questions of one kind, of so many images at most; those of a single question may be more."""
    for _, alike in groupby(sorted(questions, key=lambda each: each.kind), key=lambda each: each.kind):
        together: list[_Question] = []
        for question in alike:
            if together and sum(len(each.images) for each in (*together, question)) > most_images:
                yield together
                together = []
            together.append(question)
        yield together
