"""How long a pass of the network takes, and so the least time that an attack's passes could take."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from jaxtyping import Float
from torch import Tensor

from sparsefool.classifier import Classifier
from sparsefool.devices import is_out_of_memory, now

SAMPLE_SECONDS = 0.1
"""A sample repeats the passes of one batch size for at least so long."""

SEVERAL = 8
"""A batch size that is always timed: the engine computes some gradients of a single image together."""


@dataclass(frozen=True)
class PassTime:
    """How long the passes of the engine's network take at one batch size.

    Attributes:
        batch_size: images that pass through the network together.
        forward: seconds per image of a forward that can be differentiated, one entry per repetition.
        backward: seconds per image of the gradient of one class's score, one entry per repetition.
    """

    batch_size: int
    forward: tuple[float, ...]
    backward: tuple[float, ...]


class PassTimer:
    """Time the passes of a network, a sample at a time, so that samples can alternate with other runs.

    The network is the one that the engine's attacks use: held, and folded where it can be.

    Args:
        classifier: the network.
        images: in [0, 1], on its device; repeated where a batch is larger.
        batch_sizes: how many images pass together; one that does not fit into memory is left out.
    """

    def __init__(
        self, classifier: Classifier, images: Float[Tensor, "n c h w"], batch_sizes: Sequence[int]
    ) -> None:
        self._classifier = classifier
        self._batches = {
            size: images.repeat(-(-size // len(images)), 1, 1, 1)[:size] for size in sorted(set(batch_sizes))
        }
        self._samples: dict[int, list[list[tuple[float, float]]]] = {size: [] for size in self._batches}

    def begin_repetition(self) -> None:
        """Begin a repetition: the samples from here to the next make one entry of each :class:`PassTime`."""
        for repetitions in self._samples.values():
            repetitions.append([])

    def sample(self) -> None:
        """Time the passes of each batch size for at least :data:`SAMPLE_SECONDS`."""
        for size, batch in list(self._batches.items()):
            try:
                self._samples[size][-1].append(time_passes(self._classifier, batch))
            except RuntimeError as error:
                if len(self._batches) == 1 or not is_out_of_memory(error):
                    raise
                del self._batches[size], self._samples[size]

    def times(self) -> tuple[PassTime, ...]:
        """Return the medians over the samples of each repetition, the smallest batch size first."""
        found = list[PassTime]()
        for size, repetitions in self._samples.items():
            forwards = tuple(median(forward for forward, _ in samples) for samples in repetitions)
            backwards = tuple(median(backward for _, backward in samples) for samples in repetitions)
            found.append(PassTime(size, forwards, backwards))
        return tuple(found)


def time_passes(classifier: Classifier, images: Float[Tensor, "n c h w"]) -> tuple[float, float]:
    """Return seconds per image of a forward and of a backward of these images as one batch: medians."""
    device, forwards, backwards = images.device, list[float](), list[float]()
    images = images.detach().requires_grad_()
    with classifier.held(images.detach()):
        first = now(device)
        while not backwards or now(device) - first < SAMPLE_SECONDS:
            begun = now(device)
            scores = classifier(images)[:, 0]
            between = now(device)
            classifier.input_gradient(scores, images)
            forwards.append(between - begun)
            backwards.append(now(device) - between)
    return median(forwards) / len(images), median(backwards) / len(images)


def best_forward(passes: Sequence[PassTime]) -> PassTime:
    """Return the times at the batch size whose forward takes the least time per image, in the median."""
    return min(passes, key=lambda each: median(each.forward))


def best_backward(passes: Sequence[PassTime]) -> PassTime:
    """Return the times at the batch size whose backward takes the least time per image, in the median."""
    return min(passes, key=lambda each: median(each.backward))


def floor(passes: Sequence[PassTime], forwards: float, backwards: float) -> tuple[float, ...]:
    """Return the seconds that so many passes take at the best batch sizes, one entry per repetition."""
    pairs = zip(best_forward(passes).forward, best_backward(passes).backward, strict=True)
    return tuple(forwards * forward + backwards * backward for forward, backward in pairs)
