"""The data sets: one description of each."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sparsefool.errors import DataError

Values = tuple[float, ...]

_IMAGENET_NAMES = Path(__file__).with_name("imagenet_classes.txt")
_IMAGENET_SYNSETS = Path(__file__).with_name("imagenet_synsets.txt")


@dataclass(frozen=True)
class Files:
    """Where all images of a data set come from.

    Attributes:
        image_column: the column of its Parquet files that holds the images; the classes are in ``label``.
        torchvision_name: of torchvision's class that downloads it.
    """

    image_column: str
    torchvision_name: str


@dataclass(frozen=True)
class ClassKind:
    """Classes of one kind, such as animals: its name, and the labels of its classes."""

    name: str
    labels: tuple[int, ...]


@dataclass(frozen=True)
class DatasetSpec:
    """A data set.

    Attributes:
        name: in commands, in links and in the names of its networks.
        title: its name for a person.
        read_class_names: returns the names of its classes, in the order of a network's logits.
        image_size: height and width of an image, in pixels.
        channels: 3 for RGB, 1 for grey.
        mean, std: the usual normalisation, one value per channel, in the units of [0, 1] images.
        crop: share of the height and width of a sample image that its centred crop keeps, in (0, 1].
        resized: whether images are brought to the input size of each network, because networks differ in it.
        files: of the full data set; None where only the sample images are at hand.
        samples_are_tests: whether its sample images are its first test images here.
        paper_lambda: λ in the paper's Table 1; for Table 2 the paper names none, and 3 is taken.
        sweep_deltas: δ of the sweep that stands for Figures 6 and 7, in levels of 0 to 255.
        sweep_images, test_images: how many test images a sweep and the other experiments take if not told.
        batch: test images that experiments attack at once with SparseFool; stored results depend on it.
        max_pixels: pixels that the one-pixel attack may change in a comparison; None where the costly attacks
            (JSMA and the one-pixel attack) are not compared.
        kinds: of its classes, which findings tell apart where the paper speaks of animals; each class is of
            one kind, or there are no kinds.
        annotations: files in assets/annotations with the parts of its pictures, such as heads.
        second_look: a file there, of some of these pictures annotated by somebody else; empty if none.
        annotated_kinds: of the pictures whose parts are annotated; a picture may be of several kinds.
        fooling_pairs: the original class (None for any) and the fooling class of which Section 4.2 says where
            the perturbations lie.
        read_synsets: returns the WordNet IDs of its classes, in the same order; None where they have none.
    """

    name: str
    title: str
    read_class_names: Callable[[], tuple[str, ...]]
    image_size: tuple[int, int]
    channels: int
    mean: Values
    std: Values
    crop: float
    resized: bool
    files: Files | None
    samples_are_tests: bool
    paper_lambda: float
    sweep_deltas: tuple[float, ...]
    sweep_images: int
    test_images: int
    batch: int
    max_pixels: int | None
    kinds: tuple[ClassKind, ...] = ()
    annotations: tuple[str, ...] = ()
    second_look: str = ""
    annotated_kinds: tuple[ClassKind, ...] = ()
    fooling_pairs: tuple[tuple[int | None, int], ...] = ()
    read_synsets: Callable[[], tuple[str, ...]] | None = None

    @property
    def class_names(self) -> tuple[str, ...]:
        """The names of the classes, in the order of a network's logits."""
        return self.read_class_names()


def _digits() -> tuple[str, ...]:
    return tuple("0123456789")


def _cifar10_classes() -> tuple[str, ...]:
    return ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")


def _imagenet_classes() -> tuple[str, ...]:
    """Return the 1,000 class names of ILSVRC 2012, as torchvision, slow to import, has them."""
    return tuple(_IMAGENET_NAMES.read_text(encoding="utf-8").splitlines())


def _imagenet_synsets() -> tuple[str, ...]:
    return tuple(_IMAGENET_SYNSETS.read_text(encoding="utf-8").splitlines())


FIGURE_7 = (1.0, 2.0, 4.0, 8.0, 10.0, 16.0, 25.0, 50.0, 100.0, 255.0)
"""δ of the sweep that stands for Figures 6 and 7."""

DATASETS: tuple[DatasetSpec, ...] = (
    DatasetSpec(
        name="mnist",
        title="MNIST",
        read_class_names=_digits,
        image_size=(28, 28),
        channels=1,
        mean=(0.1307,),
        std=(0.3081,),
        crop=1.0,
        resized=False,
        files=Files(image_column="image", torchvision_name="MNIST"),
        samples_are_tests=False,
        paper_lambda=1.0,
        sweep_deltas=FIGURE_7,
        sweep_images=200,
        test_images=1000,
        batch=20,
        max_pixels=50,
    ),
    DatasetSpec(
        name="cifar10",
        title="CIFAR-10",
        read_class_names=_cifar10_classes,
        image_size=(32, 32),
        channels=3,
        mean=(0.4914, 0.4822, 0.4465),
        std=(0.2470, 0.2435, 0.2616),
        crop=1.0,
        resized=False,
        files=Files(image_column="img", torchvision_name="CIFAR10"),
        samples_are_tests=True,
        paper_lambda=3.0,
        sweep_deltas=FIGURE_7,
        sweep_images=100,
        test_images=1000,
        batch=20,
        max_pixels=5,
        kinds=(ClassKind("animals", (2, 3, 4, 5, 6, 7)), ClassKind("vehicles", (0, 1, 8, 9))),
        annotations=("cifar10-animals.jsonl", "cifar10-airplanes.jsonl"),
        second_look="cifar10-second-look.jsonl",
        annotated_kinds=(
            ClassKind("animals", (2, 3, 4, 5, 6, 7)),
            ClassKind("birds", (2,)),
            ClassKind("airplanes", (0,)),
        ),
        fooling_pairs=((2, 0), (None, 4)),
    ),
    DatasetSpec(
        name="imagenet",
        title="ImageNet",
        read_class_names=_imagenet_classes,
        image_size=(224, 224),
        channels=3,
        mean=(0.485, 0.456, 0.406),
        std=(0.229, 0.224, 0.225),
        crop=224 / 256,
        resized=True,
        files=None,
        samples_are_tests=True,
        paper_lambda=3.0,
        sweep_deltas=(10.0, 25.0, 50.0, 100.0, 255.0),
        sweep_images=20,
        test_images=20,
        batch=5,
        max_pixels=None,
        kinds=(ClassKind("animals", tuple(range(398))), ClassKind("things", tuple(range(398, 1000)))),
        annotations=("imagenet-samples.jsonl", "imagenet-validation-200.jsonl"),
        annotated_kinds=(ClassKind("animals", tuple(range(398))),),
        read_synsets=_imagenet_synsets,
    ),
)


def find_dataset(name: str) -> DatasetSpec:
    """Return the description of a data set.

    Raises:
        DataError: there is none of this name.
    """
    for spec in DATASETS:
        if spec.name == name:
            return spec
    raise DataError(f"There is no data set {name!r}; there are {', '.join(spec.name for spec in DATASETS)}.")


def class_names(dataset: str) -> tuple[str, ...]:
    """Return the class names of a data set; of one that is not described here, none."""
    return next((spec.class_names for spec in DATASETS if spec.name == dataset), ())


def class_kinds(dataset: str) -> tuple[ClassKind, ...]:
    """Return the kinds of the classes of a data set; none where it has none or is not described here."""
    return next((spec.kinds for spec in DATASETS if spec.name == dataset), ())


def gallery_for(dataset: str) -> str:
    """Return the data set whose sample images suit the networks of a data set.

    It is the data set itself or, where it is not described here, the one whose images are brought to any
    network's input size.
    """
    return next(spec.name for spec in DATASETS if spec.name == dataset or spec.resized)
