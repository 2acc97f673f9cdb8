"""The gradients of candidate classes as expected in an iteration, from those of the iterations before."""

from dataclasses import dataclass, fields
from functools import cache

import torch
from jaxtyping import Bool, Float, Int64
from torch import Tensor

SKETCH_SIZE = 1024
"""Numbers that stand for a gradient; lengths and angles are those of the gradients within a few percent."""


@dataclass(frozen=True, eq=False)
class KnownGradients:
    """The gradients of the gaps between m candidate classes and the label, each where it was last computed.

    Attributes:
        classes: the candidate classes of each of n images.
        computed: whether the gradient was ever computed.
        lengths: its length, in the dual norm of the attack.
        sketches: a random projection of it (Johnson and Lindenstrauss).
    """

    classes: Int64[Tensor, "n m"]
    computed: Bool[Tensor, "n m"]
    lengths: Float[Tensor, "n m"]
    sketches: Float[Tensor, "n m s"]

    @classmethod
    def none(cls, classes: Int64[Tensor, "n m"], images: Float[Tensor, "n c h w"]) -> "KnownGradients":
        """Return that none of these classes' gradients is known, of images of this kind."""
        lengths = images.new_zeros(classes.shape)
        sketches = lengths.unsqueeze(2).expand(-1, -1, SKETCH_SIZE).clone()
        return cls(classes.clone(), torch.zeros_like(classes, dtype=torch.bool), lengths, sketches)

    def select(self, rows: Tensor) -> "KnownGradients":
        """Return those of the images at ``rows`` (indices, which may repeat, or a mask)."""
        return KnownGradients(*(getattr(self, field.name)[rows] for field in fields(self)))

    def put(self, rows: Tensor, other: "KnownGradients") -> None:
        """Replace those of the images at ``rows``."""
        for field in fields(self):
            getattr(self, field.name)[rows] = getattr(other, field.name)

    def of(self, classes: Int64[Tensor, "n m"]) -> "KnownGradients":
        """Return those of other candidate classes of these images; those of new classes are not computed."""
        same = (classes[:, :, None] == self.classes[:, None, :]) & self.computed[:, None, :]
        place, known = same.long().argmax(2), same.any(2)
        lengths = self.lengths.gather(1, place) * known
        sketches = self.sketches.gather(1, place[:, :, None].expand(-1, -1, SKETCH_SIZE)) * known[:, :, None]
        return KnownGradients(classes.clone(), known, lengths, sketches)


class GradientForecast:
    """The lengths to be expected of the gradients at new points, better with every gradient computed there.

    All gaps share the label's logit, so their gradients change alike: those that have been computed at the
    new points tell by which factor and by which shift, and the others are expected to have changed by the
    same. A gradient that was never computed is expected to be as long as the longest of the image's.

    Args:
        known: the gradients at earlier points.

    Attributes:
        known: the latest of all gradients.
        expected: their expected lengths at the new points.
    """

    def __init__(self, known: KnownGradients) -> None:
        self.known = known.select(torch.arange(len(known.classes), device=known.classes.device))
        self._earlier = known
        self._new = torch.zeros_like(known.computed)
        n, _, size = known.sketches.shape
        self._count, self._product, self._square = known.lengths.new_zeros(3, n)
        self._sum, self._earlier_sum = known.lengths.new_zeros(2, n, size)
        self.expected = self._filled(known.lengths)

    def learn(
        self,
        rows: Int64[Tensor, " r"],
        places: Int64[Tensor, " r"],
        gradients: Float[Tensor, "r c h w"],
        lengths: Float[Tensor, " r"],
    ) -> None:
        """Take over the gradients of one candidate class of each of the images at ``rows``."""
        sketches, earlier = sketch(gradients), self._earlier.sketches[rows, places]
        changed = self._earlier.computed[rows, places].to(earlier.dtype)
        self._count[rows] += changed
        self._product[rows] += changed * (sketches * earlier).sum(1)
        self._square[rows] += changed * earlier.square().sum(1)
        self._sum[rows] += changed[:, None] * sketches
        self._earlier_sum[rows] += changed[:, None] * earlier
        self._new[rows, places] = self.known.computed[rows, places] = True
        self.known.lengths[rows, places] = lengths
        self.known.sketches[rows, places] = sketches
        self.expected[rows] = self._expect(rows)

    def _expect(self, rows: Tensor) -> Float[Tensor, "r m"]:
        count, square = self._count[rows], self._square[rows]
        factor = torch.where(square > 0, self._product[rows] / square, 1.0)
        shift = (self._sum[rows] - factor[:, None] * self._earlier_sum[rows]) / count.clamp(min=1)[:, None]
        earlier = self._earlier.sketches[rows]
        changed = (factor[:, None, None] * earlier + shift[:, None]).norm(dim=2)
        growth = torch.where(self._earlier.computed[rows], changed / earlier.norm(dim=2), 0.0)
        others = (growth * self._earlier.lengths[rows]).nan_to_num(nan=0.0)
        return self._filled(torch.where(self._new[rows], self.known.lengths[rows], others), rows)

    def _filled(self, lengths: Tensor, rows: Tensor | slice = slice(None)) -> Tensor:
        """Return the lengths; those that were never computed as the longest, or as 1 if none was."""
        longest = lengths.amax(1, keepdim=True)
        return torch.where(self.known.computed[rows], lengths, torch.where(longest > 0, longest, 1.0))


def sketch(gradients: Float[Tensor, "r c h w"]) -> Float[Tensor, "r s"]:
    """Return a random projection of gradients to SKETCH_SIZE dimensions, always the same one."""
    flat = gradients.flatten(1)
    signed = flat * _signs(flat.shape[1]).to(flat)
    padded = torch.nn.functional.pad(signed, (0, -signed.shape[1] % SKETCH_SIZE))
    return padded.view(len(flat), SKETCH_SIZE, -1).sum(2)


@cache
def _signs(values: int) -> Float[Tensor, " v"]:
    draws = torch.randint(2, (values,), generator=torch.Generator().manual_seed(0))
    return 2.0 * draws - 1
