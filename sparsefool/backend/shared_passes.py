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

FEW = 1 / 2
"""Where no more than this share of the images of a pass needs gradients, these images alone pass again."""


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
        return "logits", self.with_graph, str(self.images.dtype), tuple(self.images.shape[1:])

    @property
    def size(self) -> int:
        """Images of the pass."""
        return len(self.images)


@dataclass(eq=False)
class _GradientsQuestion:
    """An attack asks for the gradients of m weighted sums of the logits of each of its images."""

    passed: _Passed
    weights: Float[Tensor, "m n k"]
    answer: "Future[Tensor]" = field(default_factory=Future)

    @property
    def kind(self) -> tuple[object, ...]:
        """Questions of one kind can share a pass: those of one graph."""
        return "gradients", id(self.passed.graph), len(self.weights)

    @property
    def size(self) -> int:
        """Images of the pass: a graph is passed as a whole."""
        return 0


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
        try:
            with self.classifier.held(self._first_images()):
                while asked := self._next():
                    started = time.perf_counter()
                    for together in _groups(asked, self._most_images()):
                        self._answer(together)
                    self._seconds = time.perf_counter() - started
        except BaseException as error:  # whatever ends this thread must be told to those who wait for it
            with self._changed:
                asked, self._asked, self._thread = self._asked, [], None
            for question in asked:
                question.answer.set_exception(error)

    def _first_images(self) -> Tensor | None:
        with self._changed:
            return next((each.images for each in self._asked if isinstance(each, _LogitsQuestion)), None)

    def _next(self) -> Sequence[_Question]:
        """Wait for questions, for a moment those of all attacks; return none once there is no attack."""
        with self._changed:
            self._changed.wait_for(lambda: self._asked or not self._members)
            if not self._asked:
                self._thread = None
                return ()
            wait = min(max(self._seconds / 2, SHORTEST_WAIT), LONGEST_WAIT)
            self._changed.wait_for(lambda: len(self._asked) >= self._members, timeout=wait)
            asked, self._asked = self._asked, []
            return asked

    def _most_images(self) -> int:
        return MOST_IMAGES_CPU if self.classifier.device.type == "cpu" else MOST_IMAGES_GPU

    def _answer(self, questions: Sequence[_Question]) -> None:
        error = self._attempt(questions)
        if error is None:
            return
        if len(questions) == 1:
            questions[0].answer.set_exception(error)
            return
        middle = len(questions) // 2
        self._answer(questions[:middle])
        self._answer(questions[middle:])

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
        if questions[0].with_graph:
            graph = _Graph(images.requires_grad_(), self.classifier(images))
            logits = graph.logits.detach()
        else:
            with torch.no_grad():
                logits = self.classifier(images)
        start = 0
        for each in questions:
            rows = slice(start, start + len(each.images))
            start = rows.stop
            each.answer.set_result(_Passed(logits[rows].clone(), graph, rows))

    def _pass_backwards(self, questions: Sequence[_GradientsQuestion]) -> None:
        graph = questions[0].passed.graph
        assert graph is not None
        weights = torch.cat([each.weights for each in questions], 1)
        rows = torch.cat([torch.arange(len(graph.images))[each.passed.rows] for each in questions])
        rows = rows.to(graph.images.device)
        if len(rows) <= FEW * len(graph.images):
            images = graph.images.detach()[rows].requires_grad_()
            gradients = self._gradients(_Graph(images, self.classifier(images)), weights)
        else:
            everywhere = graph.logits.new_zeros((len(weights), *graph.logits.shape))
            everywhere[:, rows] = weights
            gradients = self._gradients(graph, everywhere)[:, rows]
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
            if together and sum(each.size for each in together) + question.size > most_images:
                yield together
                together = []
            together.append(question)
        yield together
