"""A frozen image classifier: normalisation inside, images in [0, 1] outside, its passes counted."""

import re
from collections.abc import Sequence
from itertools import chain
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor, nn

from sparsefool.errors import ParameterError
from sparsefool.folding import fold_batch_normalisation


class Classifier(nn.Module):
    """Wrap a network so that it takes images in [0, 1] and cannot be trained by accident.

    The network is put into evaluation mode and its parameters never require a gradient; only the image
    does. Mean and standard deviation are buffers, so they move with the device. Images pass through a copy of
    the network with its batch normalisation folded into the convolutions, which is the same function up to
    rounding; the copy is made anew whenever the network's tensors have changed.

    Args:
        module: the network; maps normalised images [n, c, h, w] to logits [n, k].
        mean, std: one value per colour channel, in the units of [0, 1] images.
        class_names: the k names in the order of the logits; empty if there are none.
        name: how the network is called in results and messages.

    Attributes:
        forwards, backwards: images that have passed forwards and backwards since construction.

    Raises:
        ParameterError: mean and std differ in length, or a std is not positive.

    Example:
        >>> classifier = Classifier(nn.Flatten(), mean=(0.5,), std=(0.5,))
        >>> classifier(torch.full((1, 1, 1, 2), 0.5))
        tensor([[0., 0.]])
    """

    mean: Tensor
    std: Tensor

    def __init__(
        self,
        module: nn.Module,
        mean: Sequence[float],
        std: Sequence[float],
        class_names: Sequence[str] = (),
        name: str = "custom",
    ) -> None:
        super().__init__()
        if len(mean) != len(std) or not mean or min(std) <= 0:
            raise ParameterError(
                f"mean and std need one value per channel and a positive std; they are {mean} and {std}."
            )
        self.module = module
        self.name = name
        self.class_names = tuple(class_names)
        self.register_buffer("mean", torch.tensor(mean, dtype=torch.float32).view(1, -1, 1, 1))
        self.register_buffer("std", torch.tensor(std, dtype=torch.float32).view(1, -1, 1, 1))
        self.forwards = 0
        self.backwards = 0
        self._batches_gradients = True
        self._folded: tuple[nn.Module, int] | None = None  # no submodule: it has no state of its own
        self.eval().requires_grad_(False)

    @property
    def device(self) -> torch.device:
        """Where the network lives and where images have to be."""
        return self.mean.device

    @property
    def channels(self) -> int:
        """Colour channels of an image: 3 for RGB, 1 for grey."""
        return self.mean.shape[1]

    @property
    def network(self) -> nn.Module:
        """What normalised images pass through: the folded copy, made anew if a tensor has been written to."""
        version = sum(tensor._version for tensor in chain(self.module.parameters(), self.module.buffers()))
        if self._folded is None or self._folded[1] != version:
            with torch.inference_mode(False):  # whoever asks first: others will want gradients
                self._folded = fold_batch_normalisation(self.module), version
        return self._folded[0]

    def class_name(self, label: int) -> str:
        """Name a label for a person: the class name, or its number where there are no names."""
        return self.class_names[label] if self.class_names else f"class {label}"

    def find_class(self, text: str) -> int:
        """Return the label that a person means by its number, its name or an unambiguous part of it.

        Raises:
            ParameterError: nothing matches, or several names do.
        """
        if re.fullmatch(r"\d+", text):
            if self.class_names and int(text) >= len(self.class_names):
                raise ParameterError(
                    f"Class {text} does not exist: classes are 0 to {len(self.class_names) - 1}."
                )
            return int(text)
        wanted = text.casefold()
        names = [name.casefold() for name in self.class_names]
        matches = [i for i, name in enumerate(names) if name == wanted]
        matches = matches or [i for i, name in enumerate(names) if wanted in name]
        if len(matches) != 1:
            some = ", ".join(f"{i} {self.class_names[i]}" for i in matches[:5]) or "none"
            raise ParameterError(f"{text!r} must name exactly one class; it matches {len(matches)}: {some}.")
        return matches[0]

    def forward(self, images: Float[Tensor, "n c h w"]) -> Float[Tensor, "n k"]:
        """Return the logits of images in [0, 1]."""
        if images.shape[1] != self.channels:
            raise ParameterError(
                f"{self.name} takes images with {self.channels} channel(s); these have {images.shape[1]}."
            )
        self.forwards += len(images)
        normalised = (images - self.mean) / self.std
        network = self.network
        if network is not self.module:
            normalised = normalised.contiguous(memory_format=torch.channels_last)
        logits: Tensor = network(normalised)
        return logits

    def _apply(self, *arguments: Any, **options: Any) -> Any:
        """Forget the folded network: the device or the precision may change."""
        self._folded = None
        return super()._apply(*arguments, **options)  # type: ignore[no-untyped-call]

    def input_gradient(
        self, scores: Float[Tensor, " n"], images: Float[Tensor, "n c h w"], *, keep_graph: bool = False
    ) -> Float[Tensor, "n c h w"]:
        """Return the gradient of each image's score with respect to that image (one backward per image).

        Args:
            scores: one number per image, computed from ``images`` by this classifier.
            images: the images, which require a gradient.
            keep_graph: whether more gradients of the same forward follow.
        """
        self.backwards += len(images)
        (gradient,) = torch.autograd.grad(scores.sum(), images, retain_graph=keep_graph)
        return gradient.contiguous()

    def input_gradients(
        self, scores: Float[Tensor, "m n"], images: Float[Tensor, "n c h w"], *, keep_graph: bool = False
    ) -> Float[Tensor, "m n c h w"]:
        """Return the gradients of m scores of each image in one backward pass (counted m times per image).

        Up to rounding the same as m calls of :meth:`input_gradient`, in less time where n is small. A network
        with an operation that PyTorch cannot do for several gradients at once, or not in this memory, gets
        these m calls.

        Args:
            scores: m numbers per image, computed from ``images`` by this classifier.
            images, keep_graph: as in :meth:`input_gradient`.
        """
        if len(scores) > 1 and self._batches_gradients:
            sums, chosen = scores.sum(1), torch.eye(len(scores), dtype=scores.dtype, device=scores.device)
            try:
                gradients: Tensor = torch.func.vmap(
                    lambda one: torch.autograd.grad(sums, images, one, retain_graph=True)[0]
                )(chosen)
            except torch.OutOfMemoryError:
                pass
            except RuntimeError:
                self._batches_gradients = False
            else:
                self.backwards += scores.numel()
                return gradients.contiguous()
        last = len(scores) - 1
        return torch.stack(
            [
                self.input_gradient(score, images, keep_graph=keep_graph or at < last)
                for at, score in enumerate(scores)
            ]
        )
