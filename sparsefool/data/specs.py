"""The names of the classes of each data set, in the order of a network's logits."""

CIFAR10 = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")
MNIST = ("0", "1", "2", "3", "4", "5", "6", "7", "8", "9")


def imagenet() -> tuple[str, ...]:
    """Return the 1,000 class names of ILSVRC 2012."""
    from torchvision.models import AlexNet_Weights

    return tuple(AlexNet_Weights.IMAGENET1K_V1.meta["categories"])


def class_names(dataset: str) -> tuple[str, ...]:
    """Return the class names of ``"mnist"``, ``"cifar10"`` or ``"imagenet"``; of any other data set, none."""
    if dataset == "imagenet":
        return imagenet()
    return {"mnist": MNIST, "cifar10": CIFAR10}.get(dataset, ())
