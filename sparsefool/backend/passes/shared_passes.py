"""Attacks that share the passes through a network: continuous batching, as inference servers do it.

Each attack runs in a thread of its own, as if it were alone, on a :class:`SharedClassifier`. Where it needs
logits or gradients, it waits until the others need some as well, and one pass answers all of them. So an
attack joins with its first pass and leaves with its last, whatever it is and however long it takes.
"""

import logging
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import torch
from jaxtyping import Float
from torch import Tensor

from sparsefool.backend.passes.largest_batch import LargestBatch
from sparsefool.backend.passes.questions import (
    GradientsQuestion,
    Graph,
    LogitsQuestion,
    Passed,
    Question,
    grouped,
)
from sparsefool.backend.passes.shared_classifier import SharedClassifier
from sparsefool.backend.serving.figures import PASS_IMAGES
from sparsefool.backend.serving.limits import limits
from sparsefool.classifier import Classifier
from sparsefool.devices import is_out_of_memory

SHORTEST_WAIT, LONGEST_WAIT = 0.001, 0.02
"""Seconds to wait at most for attacks that are busy elsewhere: half of what a pass takes, within these."""

BACKWARD_COST = 1.3
"""What a backward costs, in forwards."""

_log = logging.getLogger(__name__)


class SharedPasses:
    """The passes through a network of all attacks that run on it at a time.

    They take place in a thread of their own, which lives as long as there are any. A pass that fails is done
    again in halves, so that only those attacks fail that would have failed alone. Should the thread end, its
    oldest question is told why, and another thread answers the rest.

    Args:
        classifier: the network.
        most_images: the images that share a pass at most; where None, what the server's limits say or,
            else, what is measured.
    """

    def __init__(self, classifier: Classifier, most_images: int | None = None) -> None:
        self.classifier = classifier
        fixed = most_images or limits().images_per_pass or None
        self._largest = LargestBatch(classifier.device, fixed)
        self._changed = threading.Condition()
        self._members = 0
        self._asked: list[Question] = []
        self._thread: threading.Thread | None = None
        self._seconds = 0.0
        self._forwards_next = True

    @contextmanager
    def joined(self) -> Iterator[SharedClassifier]:
        """Give the network to an attack, which must run in the thread that calls this."""
        with self._changed:
            self._members += 1
        try:
            yield SharedClassifier(self.classifier, self.ask)
        finally:
            with self._changed:
                self._members -= 1
                self._changed.notify_all()

    def ask(self, question: Question) -> None:
        """Queue a question, which is answered with the next pass."""
        with self._changed:
            self._asked.append(question)
            if self._thread is None:
                self._start_thread()
            self._changed.notify_all()

    def _start_thread(self) -> None:
        name = f"sparsefool-passes-{self.classifier.name}"
        self._thread = threading.Thread(target=self._serve, name=name, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        asked = self._first_logits()
        try:
            with self.classifier.held(asked[0].images if asked else None):
                while asked := self._next():
                    started = time.perf_counter()
                    for together in grouped(asked, self._largest.images):
                        self._answer(together)
                    self._seconds = time.perf_counter() - started
        except BaseException as error:  # whatever ends this thread, those who wait must not wait for ever
            self._give_up(asked, error)

    def _first_logits(self) -> Sequence[Question]:
        """Return the first question with images that no network has seen yet, if there is one."""
        with self._changed:
            return [each for each in self._asked if isinstance(each, LogitsQuestion)][:1]

    def _give_up(self, asked: Sequence[Question], error: BaseException) -> None:
        """Tell the first of some questions what has ended this thread; let another answer the rest."""
        with self._changed:
            left = [each for each in dict.fromkeys((*asked, *self._asked)) if not each.answer.done()]
            self._asked, self._thread = left[1:], None
            if self._asked:
                self._start_thread()
        _log.warning("The passes of %s began again: %r", self.classifier.name, error)
        for question in left[:1]:
            question.answer.set_exception(error)

    def _next(self) -> Sequence[Question]:
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
            forwards = [each for each in self._asked if isinstance(each, LogitsQuestion)]
            backwards = [each for each in self._asked if isinstance(each, GradientsQuestion)]
            take_forwards = bool(forwards) and (self._forwards_next or not backwards)
            self._forwards_next = not take_forwards
            self._asked = list(backwards if take_forwards else forwards)
            return forwards if take_forwards else backwards

    def _answer(self, questions: Sequence[Question], *, anew: bool = False) -> None:
        """Answer questions; where that fails, those that are left in halves, down to a single one.

        Args:
            questions: of one kind.
            anew: whether gradients need a forward of their own: that in which their images have passed with
                others is too large.
        """
        error = self._attempt(questions, anew)
        if error is None:
            return
        if full := is_out_of_memory(error):
            self._largest.was_too_large(sum(len(each.images) for each in questions))
        if len(questions) == 1 and (anew or not full):
            questions[0].answer.set_exception(error)
            return
        left = [each for each in questions if not each.answer.done()]
        middle = len(left) // 2
        for half in (left[:middle], left[middle:]):
            if half:
                self._answer(half, anew=full)

    def _attempt(self, questions: Sequence[Question], anew: bool) -> BaseException | None:
        """Answer questions of one kind by one pass, or return the error."""
        try:
            if isinstance(questions[0], LogitsQuestion):
                self._pass_forwards([each for each in questions if isinstance(each, LogitsQuestion)])
            else:
                self._pass_backwards(
                    [each for each in questions if isinstance(each, GradientsQuestion)], anew
                )
        except BaseException as error:
            return error.with_traceback(None)  # its frames would keep the memory of the pass
        return None

    def _pass_forwards(self, questions: Sequence[LogitsQuestion]) -> None:
        images = torch.cat([each.images for each in questions])
        self._count("forward", len(images))
        graph = None
        if any(each.with_graph for each in questions):
            with self._largest.measured(len(images), with_graph=True):
                graph = Graph(images.requires_grad_(), self.classifier(images))
            logits = graph.logits.detach()
        else:
            with torch.no_grad(), self._largest.measured(len(images), with_graph=False):
                logits = self.classifier(images)
        start = 0
        for each in questions:
            rows = slice(start, start + len(each.images))
            start = rows.stop
            each.answer.set_result(Passed(logits[rows].clone(), graph if each.with_graph else None, rows))

    def _pass_backwards(self, questions: Sequence[GradientsQuestion], anew: bool) -> None:
        graphs = {id(each.graph): each.graph for each in questions}
        asked = sum(each.weights.shape[1] for each in questions)
        cost = self._largest.pass_cost
        again = (1 + BACKWARD_COST) * (cost + asked)
        if anew or again < BACKWARD_COST * sum(cost + len(each.images) for each in graphs.values()):
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

    def _pass_backwards_anew(self, questions: Sequence[GradientsQuestion]) -> None:
        """Let images of several graphs pass forwards again, and then backwards all at once."""
        images = torch.cat([each.images for each in questions]).requires_grad_()
        self._count("forward", len(images))
        graph = Graph(images, self.classifier(images))
        gradients = self._gradients(graph, torch.cat([each.weights for each in questions], 1))
        start = 0
        for each in questions:
            end = start + each.weights.shape[1]
            each.answer.set_result(gradients[:, start:end].contiguous())
            start = end

    def _gradients(self, graph: Graph, weights: Float[Tensor, "m n k"]) -> Float[Tensor, "m n c h w"]:
        self._count("backward", len(graph.images))
        scores = (graph.logits * weights).sum(2)
        return self.classifier.input_gradients(scores, graph.images, keep_graph=True)

    def _count(self, direction: str, images: int) -> None:
        PASS_IMAGES.labels(self.classifier.device.type, direction).observe(images)
