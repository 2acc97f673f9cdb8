"""How each small network is trained: one frozen recipe per network."""

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from types import MappingProxyType

from sparsefool.errors import ModelError, ParameterError
from sparsefool.training.adversarial import LinfAttack


@dataclass(frozen=True)
class Recipe:
    """A training schedule.

    Attributes:
        sizes: the side of the training images in pixels, one per epoch: small first, full size last.
        batch_size: images per step.
        peak_lr: the highest learning rate of the one-cycle schedule.
        warmup: fraction of the steps in which the learning rate rises.
        momentum: Nesterov momentum of SGD.
        weight_decay: on weight matrices and kernels only.
        label_smoothing: share of the target that is spread over all classes.
        crop: the largest shift of a training image in pixels; borders are reflected.
        flip: whether half of the training images are mirrored.
        erased: side in pixels of the square painted over in each training image; 0 for none.
        ema_decay: decay of the averaged weights per step; these are the ones that are exported.
        held_out: size of the validation set, taken from the end of the training set.
        attack: what adversarial training trains against; None for ordinary training.
        clean_share: share of each batch that adversarial training leaves unperturbed, to keep the clean
            accuracy up.
        start_from: the shipped network whose weights the training starts from; None for random ones.
    """

    sizes: tuple[int, ...]
    batch_size: int = 128
    peak_lr: float = 0.2
    warmup: float = 0.2
    momentum: float = 0.9
    weight_decay: float = 5e-4
    label_smoothing: float = 0.1
    crop: int = 4
    flip: bool = True
    erased: int = 0
    ema_decay: float = 0.995
    held_out: int = 512
    attack: LinfAttack | None = None
    clean_share: float = 0.0
    start_from: str | None = None

    @property
    def epochs(self) -> int:
        """Passes over the training images."""
        return len(self.sizes)

    def learning_rate(self, step: int, total_steps: int) -> float:
        """Return the learning rate of a step: linear up to the peak, then linear down to zero."""
        rise = max(1, math.floor(self.warmup * total_steps))
        if step < rise:
            return self.peak_lr * (step + 1) / rise
        return self.peak_lr * (total_steps - step) / (total_steps - rise + 1)

    def to_json(self) -> str:
        """Return the declared fields as JSON with sorted keys, which identify the recipe in checkpoints."""
        return json.dumps(asdict(self), sort_keys=True)

    def with_epochs(self, epochs: int) -> "Recipe":
        """Return the same recipe with ``epochs`` epochs, all of them at the full image size.

        Raises:
            ParameterError: ``epochs`` is not positive.
        """
        if epochs < 1:
            raise ParameterError(f"Training needs at least 1 epoch; {epochs} were asked for.")
        return replace(self, sizes=(self.sizes[-1],) * epochs)

    def with_attack_steps(self, steps: int) -> "Recipe":
        """Return the same recipe, trained against PGD with this many steps (1 is the fast single step).

        Raises:
            ParameterError: this is not adversarial training, or ``steps`` is not positive.
        """
        if self.attack is None:
            raise ParameterError(
                "Attack steps belong to adversarial training; this network is trained without."
            )
        return replace(self, attack=LinfAttack.with_steps(steps))


RECIPES: Mapping[str, Recipe] = MappingProxyType(
    {
        "mnist/lenet": Recipe(
            sizes=(28,) * 20, peak_lr=0.05, label_smoothing=0.0, crop=2, flip=False, ema_decay=0.99
        ),
        "cifar10/resnet18": Recipe(sizes=(20,) * 4 + (24,) * 7 + (32,) * 5),
        "cifar10/vgg19": Recipe(sizes=(16,) * 4 + (24,) * 4 + (32,) * 10, peak_lr=0.1, erased=8),
        "cifar10/resnet18-linf": Recipe(
            sizes=(24,) * 3 + (32,) * 2,
            peak_lr=0.1,
            label_smoothing=0.0,
            attack=LinfAttack.with_steps(1),
            clean_share=0.4,
            start_from="cifar10/resnet18",
        ),
    }
)


def find_recipe(name: str) -> Recipe:
    """Return the recipe of a small network.

    Raises:
        ModelError: there is no recipe for this name.
    """
    if name not in RECIPES:
        raise ModelError(f"There is no training recipe for {name!r}; there are {', '.join(RECIPES)}.")
    return RECIPES[name]
