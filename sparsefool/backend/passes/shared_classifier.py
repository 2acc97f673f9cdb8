"""A network as one of several attacks sees it that share their passes."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import torch
from jaxtyping import Float
from torch import Tensor
from torch.utils.weak import WeakIdKeyDictionary

from sparsefool.backend.passes.questions import GradientsQuestion, LogitsQuestion, Passed, Question
from sparsefool.classifier import Classifier


class SharedClassifier(Classifier):
    """A network as one attack sees it: its passes are shared with other attacks, its counts are its own.

    Its logits can be differentiated by :meth:`input_gradient` and :meth:`input_gradients` only.

    Args:
        network: the network itself.
        ask: takes a question, to answer it with the next pass.
    """

    def __init__(self, network: Classifier, ask: Callable[[Question], None]) -> None:
        super().__init__(
            network.module,
            network.mean.flatten(),
            network.std.flatten(),
            network.class_names,
            network.name,
            network.outputs,
        )
        self.mean, self.std = network.mean, network.std
        self._ask = ask
        self._passed = WeakIdKeyDictionary()

    @contextmanager
    def held(self, images: Tensor | None = None) -> Iterator[None]:  # noqa: ARG002
        """Do nothing: the network is held where the passes take place."""
        yield

    def forward(self, images: Float[Tensor, "n c h w"]) -> Float[Tensor, "n k"]:
        """Return the logits of images in [0, 1]: see :meth:`Classifier.forward`."""
        self.forwards += len(images)
        question = LogitsQuestion(images.detach(), torch.is_grad_enabled() and images.requires_grad)
        self._ask(question)
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
        passed: Passed = self._passed[images]
        weights = [torch.autograd.grad(each.sum(), passed.logits, retain_graph=True)[0] for each in scores]
        question = GradientsQuestion(passed, torch.stack(weights))
        self._ask(question)
        return question.answer.result()
