import pytest

from sparsefool.data.specs import class_names, find_dataset
from sparsefool.errors import ModelError
from sparsefool.zoo.sources import LIBRARIES, SOURCES
from sparsefool.zoo.specs import MODELS, ModelSpec, find_spec, list_models

IN_LIBRARIES = [
    "torchvision/squeezenet1_1",
    "torchvision/vit_h_14",
    "timm/resnet18",
    "timm/mobilenetv3_small_050",
]


def test_the_names_of_the_design_are_there() -> None:
    listed = (
        "mnist/lenet",
        "cifar10/resnet18",
        "cifar10/vgg19",
        "cifar10/resnet18-linf",
        "imagenet/efficientnet-lite0",
        "imagenet/efficientnet-lite1",
        "imagenet/efficientnet-lite2",
        "imagenet/vgg16",
        "imagenet/resnet101",
        "imagenet/densenet161",
        "imagenet/inception_v3",
    )
    assert list_models()[: len(listed)] == listed


@pytest.mark.parametrize("spec", [*MODELS, *map(find_spec, IN_LIBRARIES)], ids=lambda spec: spec.name)
def test_every_entry_is_complete_and_consistent(spec: ModelSpec) -> None:
    assert find_spec(spec.name) == spec
    assert spec.title
    assert spec.paper
    assert spec.licence
    assert len(spec.mean) == len(spec.std) == spec.channels
    assert spec.channels == find_dataset(spec.gallery).channels
    assert spec.source in SOURCES
    assert min(spec.input_size) >= 28
    assert all(0 <= value <= 1 for value in spec.mean)
    assert all(0 < value <= 1 for value in spec.std)
    assert spec.download is (spec.source in LIBRARIES)
    assert spec.megabytes is None or (spec.download and spec.megabytes > 0)


def test_torchvision_entries_say_what_torchvision_says() -> None:
    from torchvision.models import get_model_weights

    for spec in MODELS:
        if spec.source == "torchvision":
            weights = get_model_weights(spec.architecture)[spec.weights]
            transforms = weights.transforms()
            assert spec.input_size == tuple(transforms.crop_size * 2)[:2]
            assert (list(spec.mean), list(spec.std)) == (transforms.mean, transforms.std)
            assert spec.megabytes == round(weights.meta["_file_size"])
            assert tuple(weights.meta["categories"]) == class_names("imagenet")


def test_other_torchvision_and_timm_networks_have_their_own_settings() -> None:
    large = find_spec("torchvision/vit_h_14")
    assert large.input_size == (518, 518)
    assert "LICENSE" in large.licence
    tagged = find_spec("timm/vit_base_patch16_224.augreg_in21k_ft_in1k")
    assert (tagged.mean, tagged.std) == ((0.5, 0.5, 0.5), (0.5, 0.5, 0.5))
    assert tagged.licence == "apache-2.0"
    assert find_spec("timm/resnet18").dataset == "imagenet"
    assert find_spec("timm/vit_base_patch16_224.augreg_in21k").dataset == "other"


def test_a_network_is_shown_images_of_its_own_data_set_or_else_of_imagenet() -> None:
    names = ("mnist/lenet", "cifar10/vgg19", "timm/resnet18", "timm/vit_base_patch16_224.augreg_in21k")
    assert [find_spec(name).gallery for name in names] == ["mnist", "cifar10", "imagenet", "imagenet"]


@pytest.mark.parametrize(
    ("wrong", "meant"),
    [
        ("cifar10/resnet-18", "cifar10/resnet18"),
        ("imagenet/vgg-16", "imagenet/vgg16"),
        ("torchvision/sqeezenet1_1", "torchvision/squeezenet1_1"),
        ("timm/resnet_18", "timm/resnet18"),
    ],
)
def test_a_misspelt_name_gets_the_closest_names(wrong: str, meant: str) -> None:
    with pytest.raises(ModelError, match=f"no network '{wrong}'.*Did you mean .*{meant}"):
        find_spec(wrong)


@pytest.mark.parametrize(
    "name", ["", "nothing like it", "torchvision/fasterrcnn_resnet50_fpn", "timm/", "hub/resnet18"]
)
def test_what_is_no_classifier_is_unknown(name: str) -> None:
    with pytest.raises(ModelError, match="no network"):
        find_spec(name)


def test_timm_networks_without_classes_or_weights_are_refused() -> None:
    with pytest.raises(ModelError, match="has 0 classes"):
        find_spec("timm/vit_small_patch14_dinov2")
    with pytest.raises(ModelError, match=r"no weights for 'resnet18.nonsense'.*resnet18.a1_in1k"):
        find_spec("timm/resnet18.nonsense")
