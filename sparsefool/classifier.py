"""Somebody's image classifier as an attack sees it: normalisation inside, images in [0, 1] outside."""

import math
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor, nn

from sparsefool.devices import is_out_of_memory
from sparsefool.errors import ParameterError
from sparsefool.folding import FoldedNetwork, fold_batch_normalisation
from sparsefool.held_network import differentiable, held_still, uncompiled, unwrapped
from sparsefool.outputs import LOGITS, OUTPUTS, logits_of, warn_of_probabilities

LIBRARIES = ("torch", "torchvision", "timm")
SAME = 1e-3
"""How far the logits of a faster copy may be from the network's, relative to the largest: rounding."""


@dataclass
class _Run:
    """A classifier's network in use: what images pass through, and whether its outputs were looked at."""

    classifier: "Classifier"
    network: nn.Module
    inspected: bool = False


_runs: ContextVar[tuple[_Run, ...]] = ContextVar("runs", default=())


class Classifier(nn.Module):
    """Wrap a network so that it takes images in [0, 1]; the network itself is not touched.

    Every forward, and every attack as a whole, holds the network in evaluation mode, without gradients of its
    own, and then puts it back as it was: mode, ``requires_grad``, gradients, running statistics. So an attack
    looks at the network as it is when the attack is called, also within a training loop.

    During an attack, images pass through a copy whose batch normalisation is folded into the convolutions,
    where that is the same function: only plain modules are folded, and one forward is compared.

    Args:
        module: the network; maps normalised images [n, c, h, w] to logits [n, k]. A tuple, a dictionary or an
            object that holds the logits will do, and so will one logit per image, that of the second class.
        mean, std: one value per colour channel, in the units of [0, 1] images; numbers, an array or a tensor.
        class_names: the k names in the order of the logits; empty if there are none.
        name: how the network is called in results and messages.
        outputs: ``"logits"``, or ``"probabilities"`` where the network ends with a softmax: then their
            logarithm is attacked.

    Attributes:
        forwards, backwards: images that have passed forwards and backwards since construction.

    Raises:
        ParameterError: ``module`` is no network, mean and std differ in length, are not finite or not
            positive, or ``outputs`` is another word.

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
        mean: Any,
        std: Any,
        class_names: Sequence[str] = (),
        name: str = "custom",
        outputs: str = LOGITS,
    ) -> None:
        super().__init__()
        if not isinstance(module, nn.Module):
            raise ParameterError(
                f"A classifier wraps a network, an nn.Module; this is {type(module).__name__}. Load a state "
                "dict into its network first; of an exported program, give what its method module() returns."
            )
        if outputs not in OUTPUTS:
            raise ParameterError(f"outputs must be one of {', '.join(OUTPUTS)}; it is {outputs!r}.")
        self.module = module
        self.name = name
        self.class_names = tuple(class_names)
        self.outputs = outputs
        self._mean, self._std = _normalisation(mean, std)
        self._register_normalisation(torch.float32, None)
        self.forwards = 0
        self.backwards = 0
        self._batches_gradients = True
        self._folded: tuple[FoldedNetwork] | tuple[()] = ()  # no submodule: it has no state of its own
        self.training = False

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
        """What normalised images pass through: the network, or during an attack a faster copy of it."""
        run = self._run()
        return run.network if run else unwrapped(self.module)

    @contextmanager
    def held(self, images: Float[Tensor, "n c h w"] | None = None) -> Iterator[None]:
        """Hold the network as it is now for the length of a block (an attack); blocks within it add nothing.

        Args:
            images: some of those to come; with them a faster copy of the network is made, compared, and used.
        """
        if self._run() is not None:
            yield
            return
        network = differentiable(unwrapped(self.module))
        plainly = torch.inference_mode(False), torch.autocast(self.device.type, enabled=False)
        with plainly[0], plainly[1], uncompiled(), held_still(network):
            run = _Run(self, network)
            token = _runs.set((*_runs.get(), run))
            try:
                if images is not None:
                    run.network = self._fastest(network, images[:1])
                yield
            finally:
                _runs.reset(token)

    def _run(self) -> _Run | None:
        return next((run for run in _runs.get() if run.classifier is self), None)

    def _fastest(self, network: nn.Module, images: Tensor) -> nn.Module:
        """Return a folded copy of the network if it gives the same logits, else the network."""
        if self._folded and self._folded[0].is_current(network):
            if _is_known(network):  # nothing but its tensors and attributes decides what it does
                return self._folded[0].network
        else:
            folded = fold_batch_normalisation(network)
            self._folded = (folded,) if folded else ()
        if not self._folded:
            return network
        fast = self._folded[0].network
        with torch.no_grad():
            expected, found = self._first_logits(network, images), self._logits(fast, images)
        scale = expected[expected.isfinite()].abs().amax() if bool(expected.isfinite().any()) else 1.0
        same = torch.isclose(found, expected, rtol=0, atol=float(SAME * scale), equal_nan=True).all()
        return fast if bool(same) else network

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
        """Return the logits of images in [0, 1], in the precision of the images.

        Raises:
            ParameterError: the images have another number of channels, or the network returns no logits.
        """
        if images.ndim != 4 or images.shape[1] != self.channels:
            raise ParameterError(
                f"{self.name} takes images [n, {self.channels}, h, w] with {self.channels} channel(s); these "
                f"have {images.shape[1] if images.ndim == 4 else 'the shape'} {list(images.shape)}."
            )
        self.forwards += len(images)
        with self.held():
            run = self._run()
            assert run is not None
            if run.inspected:
                return self._logits(run.network, images)
            logits = self._first_logits(run.network, images)
            run.inspected = True
        return logits

    def _first_logits(self, network: nn.Module, images: Tensor) -> Tensor:
        """Return logits; say what the network cannot take, and warn where it returns probabilities."""
        try:
            logits = self._logits(network, images)
        except RuntimeError as error:
            if _is_of_the_machine(error):
                raise
            shape = tuple(images.shape[1:])
            raise ParameterError(f"{self.name} cannot take images of {shape}: {error}") from error
        if self.class_names and len(self.class_names) != logits.shape[1]:
            raise ParameterError(
                f"{self.name} has {logits.shape[1]} classes, but {len(self.class_names)} names were given."
            )
        if self.outputs == LOGITS:
            warn_of_probabilities(logits.detach(), self.name)
        return logits

    def _logits(self, network: nn.Module, images: Tensor) -> Tensor:
        normalised = ((images - self.mean) / self.std).to(_precision(network, images.dtype))
        if network is not unwrapped(self.module):
            normalised = normalised.contiguous(memory_format=torch.channels_last)
        logits = logits_of(network(normalised), len(images), self.outputs)
        return logits.to(torch.promote_types(images.dtype, torch.float32))

    def _register_normalisation(self, dtype: torch.dtype, device: torch.device | None) -> None:
        with torch.inference_mode(False):
            for name, values in (("mean", self._mean), ("std", self._std)):
                self.register_buffer(name, torch.tensor(values, dtype=dtype, device=device).view(1, -1, 1, 1))

    def _apply(self, *arguments: Any, **options: Any) -> Any:
        """Move or convert the network; normalisation stays in float32 at least."""
        self._folded = ()
        result = super()._apply(*arguments, **options)  # type: ignore[no-untyped-call]
        self._register_normalisation(torch.promote_types(self.mean.dtype, torch.float32), self.device)
        return result

    def input_gradient(
        self, scores: Float[Tensor, " n"], images: Float[Tensor, "n c h w"], *, keep_graph: bool = False
    ) -> Float[Tensor, "n c h w"]:
        """Return the gradient of each image's score with respect to that image (one backward per image).

        Args:
            scores: one number per image, computed from ``images`` by this classifier.
            images: the images, which require a gradient.
            keep_graph: whether more gradients of the same forward follow.

        Raises:
            ParameterError: the network cannot be differentiated.
        """
        self._check_differentiable(scores)
        self.backwards += len(images)
        try:
            (gradient,) = torch.autograd.grad(
                scores.sum(), images, retain_graph=keep_graph, allow_unused=True, materialize_grads=True
            )
        except RuntimeError as error:
            if _is_of_the_machine(error):
                raise
            raise ParameterError(f"{self.name} gives no gradients: {error}") from error
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

        Raises:
            ParameterError: the network cannot be differentiated.
        """
        self._check_differentiable(scores)
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

    def _check_differentiable(self, scores: Tensor) -> None:
        if not scores.requires_grad:
            raise ParameterError(
                f"{self.name} gives no gradients: something in it cannot be differentiated, such as integer "
                "arithmetic or torch.no_grad(). Attack the network from which it was made, or use "
                "one_pixel or random_pixels, which need none."
            )


def _normalisation(mean: Any, std: Any) -> tuple[list[float], list[float]]:
    """Return mean and standard deviation as lists of numbers."""
    try:
        values = (torch.as_tensor(each, dtype=torch.float64) for each in (mean, std))
        means, stds = (each.reshape(-1).tolist() for each in values)
    except (TypeError, ValueError, RuntimeError) as error:
        raise ParameterError(f"mean and std must be numbers; they are {mean!r} and {std!r}.") from error
    usable = all(map(math.isfinite, (*means, *stds)))
    if len(means) != len(stds) or not means or not usable or min(stds) <= 0:
        raise ParameterError(
            "mean and std need one finite value per channel and a positive std; "
            f"they are {tuple(means)} and {tuple(stds)}."
        )
    return means, stds


def _is_of_the_machine(error: RuntimeError) -> bool:
    """Return whether the machine, not the network, is the cause of an error."""
    return is_out_of_memory(error) or isinstance(error, torch.AcceleratorError)


def _precision(network: nn.Module, default: torch.dtype) -> torch.dtype:
    """Return the precision in which a network computes: that of its first floating-point parameter."""
    return next((each.dtype for each in network.parameters() if each.is_floating_point()), default)


def _is_known(network: nn.Module) -> bool:
    """Return whether all modules of a network are of the libraries, none of somebody's own."""
    return all(type(each).__module__.partition(".")[0] in LIBRARIES for each in network.modules())
