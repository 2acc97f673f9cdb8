"""Training of the small networks: a run that can be interrupted after any step and resumed exactly."""

import copy
import math
import time
from dataclasses import asdict
from functools import partial
from typing import Any

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int64, UInt8
from torch import Tensor, nn

from sparsefool.classifier import Classifier
from sparsefool.errors import ModelError
from sparsefool.training.adversarial import perturb, random_start
from sparsefool.training.augmentation import augment, erase, scale
from sparsefool.training.data_parallel import DataParallel
from sparsefool.training.optimisation import has_fast_bf16, make_optimizer, update_average
from sparsefool.training.recipes import Recipe
from sparsefool.training.validation import EpochReport, guard_against_collapse, validate
from sparsefool.zoo.small_networks import SmallNetwork


class TrainingRun:
    """The whole state of a training run; :meth:`step` trains on one batch.

    Args:
        network: the architecture, and the mean and standard deviation of its images.
        recipe: the schedule.
        images, labels: all training images; the recipe's ``held_out`` last ones are for validation.
        device: where to train.
        seed: decides the initial weights and every random choice.
        start: a trained network whose weights to start from, instead of random ones.

    Raises:
        ModelError: too few images are left to train on for a single batch.
    """

    def __init__(
        self,
        network: SmallNetwork,
        recipe: Recipe,
        images: UInt8[Tensor, "n c h w"],
        labels: Int64[Tensor, " n"],
        device: torch.device,
        seed: int = 0,
        start: nn.Module | None = None,
    ) -> None:
        self.recipe, self.device, self.seed = recipe, device, seed
        self.network = network
        self._images, self._labels = images.to(device), labels.to(device)
        self._training_images = len(labels) - recipe.held_out
        self.steps_per_epoch = self._training_images // recipe.batch_size
        if self.steps_per_epoch < 1:
            raise ModelError(f"{len(labels)} images do not fill one batch of {recipe.batch_size}.")
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            module = network.build()
        if start is not None:
            module.load_state_dict(start.state_dict())
        self.module = module.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        self._data_parallel = DataParallel(self.module, 2 if device.type == "cpu" else 1)
        self.averaged = copy.deepcopy(self.module).requires_grad_(False)
        self._optimizer = make_optimizer(self.module, recipe)
        self._generator = torch.Generator(device).manual_seed(seed)
        self._order = torch.empty(0, dtype=torch.int64)
        self._mean = torch.tensor(network.mean, device=device).view(1, -1, 1, 1)
        self._std = torch.tensor(network.std, device=device).view(1, -1, 1, 1)
        self._bf16 = has_fast_bf16(device)
        self.steps, self.seconds = 0, 0.0
        self._loss, self._correct = 0.0, 0
        self.reports: list[EpochReport] = []

    @property
    def total_steps(self) -> int:
        """Steps of the whole schedule."""
        return self.steps_per_epoch * self.recipe.epochs

    @property
    def mean_loss(self) -> float:
        """Mean loss of the current epoch so far."""
        return self._loss / ((self.steps - 1) % self.steps_per_epoch + 1) if self.steps else math.nan

    @property
    def finished(self) -> bool:
        """Whether the whole schedule is done."""
        return self.steps >= self.total_steps

    def step(self) -> EpochReport | None:
        """Train on the next batch; return a report if it was the last one of its epoch.

        Raises:
            ModelError: the loss is not finite, or adversarial training has collapsed.
        """
        began = time.perf_counter()
        epoch, position = divmod(self.steps, self.steps_per_epoch)
        if position == 0:
            self._loss, self._correct = 0.0, 0
            self._order = torch.randperm(self._training_images, generator=self._generator, device=self.device)
        rows = self._order[position * self.recipe.batch_size :][: self.recipe.batch_size]
        loss, correct = self._train_on(rows, self.recipe.sizes[epoch])
        if not math.isfinite(loss):
            raise ModelError(f"The loss of step {self.steps + 1} is {loss}: lower the peak learning rate.")
        self._loss += loss
        self._correct += correct
        self.steps += 1
        self.seconds += time.perf_counter() - began
        return self._finish_epoch(epoch) if self.steps % self.steps_per_epoch == 0 else None

    def _train_on(self, rows: Int64[Tensor, " b"], size: int) -> tuple[float, int]:
        recipe = self.recipe
        images = scale(augment(self._images[rows], recipe.crop, recipe.flip, self._generator), size)
        images = erase(images, recipe.erased * size // recipe.sizes[-1], self._mean, self._generator)
        start = images if recipe.attack is None else random_start(images, recipe.attack, self._generator)
        for group in self._optimizer.param_groups:
            group["lr"] = recipe.learning_rate(self.steps, self.total_steps)
        self._optimizer.zero_grad()
        shares = self._data_parallel.map(self._add_gradients, images, start, self._labels[rows])
        self._optimizer.step()
        update_average(self.averaged, self.module, recipe.ema_decay)
        return sum(loss for loss, _ in shares) / len(rows), sum(correct for _, correct in shares)

    def _add_gradients(
        self,
        replica: nn.Module,
        images: Float[Tensor, "s c h w"],
        start: Float[Tensor, "s c h w"],
        labels: Int64[Tensor, " s"],
    ) -> tuple[float, int]:
        replica.train()
        logits_of = partial(self._logits, replica)
        if self.recipe.attack is not None:
            n = math.ceil((1 - self.recipe.clean_share) * len(images))
            perturbed = perturb(logits_of, images[:n], start[:n], labels[:n], self.recipe.attack)
            images = torch.cat([perturbed, images[n:]])
        logits = logits_of(images).float()
        smoothing = self.recipe.label_smoothing
        loss = F.cross_entropy(logits, labels, label_smoothing=smoothing, reduction="sum")
        (loss / self.recipe.batch_size).backward()  # type: ignore[no-untyped-call]
        return loss.item(), int((logits.argmax(dim=1) == labels).sum())

    def _logits(self, replica: nn.Module, images: Float[Tensor, "s c h w"]) -> Float[Tensor, "s k"]:
        normalised = ((images - self._mean) / self._std).contiguous(memory_format=torch.channels_last)
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self._bf16):
            logits: Tensor = replica(normalised)
        return logits

    def _finish_epoch(self, epoch: int) -> EpochReport:
        began = time.perf_counter()
        clean, robust = self._validate()
        self.seconds += time.perf_counter() - began
        report = EpochReport(
            epoch=epoch + 1,
            size=self.recipe.sizes[epoch],
            loss=self._loss / self.steps_per_epoch,
            train_accuracy=self._correct / (self.steps_per_epoch * self.recipe.batch_size),
            held_out_accuracy=clean,
            held_out_pgd_accuracy=robust,
            seconds=self.seconds,
        )
        guard_against_collapse(self.reports, report)
        self.reports.append(report)
        return report

    def _validate(self) -> tuple[float | None, float | None]:
        if not self.recipe.held_out:
            return None, None
        images, labels = self._images[self._training_images :], self._labels[self._training_images :]
        classifier = Classifier(copy.deepcopy(self.averaged), self.network.mean, self.network.std)
        return validate(classifier.to(self.device), images, labels, self.recipe.attack is not None)

    def state(self) -> dict[str, Any]:
        """Return everything that :meth:`restore` needs to continue as if nothing had happened."""
        return {
            "recipe": self.recipe.to_json(),
            "seed": self.seed,
            "steps": self.steps,
            "seconds": self.seconds,
            "epoch_sums": [self._loss, self._correct],
            "order": self._order,
            "generator": self._generator.get_state(),
            "module": self.module.state_dict(),
            "averaged": self.averaged.state_dict(),
            "optimizer": self._optimizer.state_dict(),
            "reports": [asdict(report) for report in self.reports],
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Continue from a state of the same recipe and seed.

        Raises:
            ModelError: the state belongs to another recipe or seed.
        """
        if (state["recipe"], state["seed"]) != (self.recipe.to_json(), self.seed):
            raise ModelError(
                "The checkpoint belongs to another recipe or seed. Repeat the options of that run, "
                "or start over."
            )
        self.steps, self.seconds = state["steps"], state["seconds"]
        self._loss, self._correct = state["epoch_sums"]
        self._order = state["order"].to(self.device)
        self._generator.set_state(state["generator"])
        self.module.load_state_dict(state["module"])
        self.averaged.load_state_dict(state["averaged"])
        self._optimizer.load_state_dict(state["optimizer"])
        self.reports = [EpochReport(**report) for report in state["reports"]]
