import ast
import subprocess
import sys

import pytest

import sparsefool
from sparsefool import attacks
from sparsefool.backend.attack.reproduction import Sample, python_program
from sparsefool.backend.attack.request import AttackRequest
from sparsefool.backend.attack.run import run_attack
from sparsefool.data.regions import rectangle
from tests.tiny_model import TINY, put_in_place, tiny_classifier, tiny_picture

PUBLIC = {
    "sparsefool": (
        sparsefool,
        "AttackResult Classifier Outcome Picture SparseFoolError StepEvent __version__ list_models "
        "load_gallery load_model parse_region read_picture",
    ),
    "sparsefool.attacks": (
        attacks,
        "ATTACKS GRADIENT_GROWTH INTERACTIVE AttackSpec Boundary BoundaryFinder Choice EightBitCheck "
        "Parameter check_8_bit deepfool find_attack find_boundary find_short_boundary in_batches jsma "
        "l1_deepfool linear_solver one_pixel random_pixels reduce_perturbation round_to_8_bits sigma_zero "
        "sparsefool sparsest",
    ),
}
"""Every public name of the packages: one that is added or removed here is so on purpose."""


@pytest.mark.parametrize(("package", "names"), PUBLIC.values(), ids=PUBLIC)
def test_the_public_names_are_these_and_importable(package, names):
    assert sorted(package.__all__) == sorted(names.split())
    assert set(names.split()) <= set(dir(package))
    for name in names.split():
        assert getattr(package, name) is not None


def test_the_package_lists_its_public_names_only():
    assert dir(sparsefool) == sorted(sparsefool.__all__)


def test_another_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'load_everything'"):
        _ = sparsefool.load_everything


@pytest.mark.parametrize("spec", attacks.INTERACTIVE, ids=lambda spec: spec.name)
@pytest.mark.parametrize("sample", [None, Sample("cifar10", 1)], ids=["file", "sample"])
@pytest.mark.parametrize("region", [None, rectangle((4, 4, 20, 20), (32, 32))], ids=["anywhere", "region"])
def test_generated_programs_import_public_names_only(spec, sample, region, monkeypatch):
    put_in_place(monkeypatch, tiny_classifier())
    request = AttackRequest(TINY, tiny_picture(), region=region, device="cpu", attack=spec.name)
    program = ast.parse(python_program(run_attack(request), sample, "picture.png"))
    imported = {
        (node.module, each.name)
        for node in ast.walk(program)
        if isinstance(node, ast.ImportFrom) and node.module.startswith("sparsefool")
        for each in node.names
    }
    public = {(module, name) for module, (package, _) in PUBLIC.items() for name in package.__all__}
    assert {("sparsefool", "Picture"), ("sparsefool.attacks", spec.name)} <= imported <= public


def test_importing_the_package_and_its_registry_imports_no_library_of_networks() -> None:
    heavy = "{'torchvision', 'timm', 'streamlit', 'plotly', 'pandas', 'pyarrow'}"
    use = "sparsefool.load_model, sparsefool.load_gallery, sparsefool.list_models()"
    code = f"import sys, sparsefool; {use}; print({heavy} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
