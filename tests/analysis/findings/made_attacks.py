"""Rows of attacks whose places a test has chosen, and annotations to go with them."""

import numpy as np
import pandas as pd

from sparsefool.data.annotations import Annotation

VGG19, RESNET18 = "cifar10/vgg19", "cifar10/resnet18"
SIDE = 32


def attack_rows(masks, predicted, fooling, model=VGG19, images=None):
    """Return rows that change one channel of these pixels by 100 levels."""
    at = [np.flatnonzero(mask) for mask in masks]
    n = len(masks)
    return pd.DataFrame(
        {
            "image": pd.Series(range(n) if images is None else images),
            "model": model,
            "success_8bit": True,
            "predicted": np.broadcast_to(predicted, n),
            "fooling_label_8bit": np.broadcast_to(fooling, n),
            "pixels_8bit": [len(each) for each in at],
            "changed_at": at,
            "changed_by": [np.full(len(each), 100, np.int16) for each in at],
        }
    )


def random_masks(rng, n, pixels=10, inside=None):
    """Return masks with so many pixels each, anywhere or inside a mask."""
    where = np.arange(SIDE * SIDE) if inside is None else np.flatnonzero(inside)
    masks = np.zeros((n, SIDE * SIDE), dtype=bool)
    for mask in masks:
        mask[rng.choice(where, pixels, replace=False)] = True
    return masks.reshape(n, SIDE, SIDE)


def box(left, top, right, bottom):
    mask = np.zeros((SIDE, SIDE), dtype=bool)
    mask[top:bottom, left:right] = True
    return mask


def corners(left, top, right, bottom):
    return ((left, top), (right, top), (right, bottom), (left, bottom))


def animal(image, head=(6, 10, 12, 16), whole=(6, 10, 26, 26), shows="bird"):
    """Return the annotation of an animal of these boxes."""
    parts = {"object": (corners(*whole),), "head": (corners(*head),)}
    return Annotation("cifar10", image, (SIDE, SIDE), parts, shows)
