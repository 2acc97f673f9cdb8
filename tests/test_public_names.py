import subprocess
import sys

import pytest

import sparsefool


def test_the_public_names_are_importable_and_listed() -> None:
    for name in ("Classifier", "load_model", "list_models", "load_gallery", "__version__"):
        assert getattr(sparsefool, name)
        assert name in dir(sparsefool)


def test_another_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'load_everything'"):
        _ = sparsefool.load_everything


def test_importing_the_package_and_its_registry_imports_no_library_of_networks() -> None:
    heavy = "{'torchvision', 'timm', 'streamlit', 'plotly', 'pandas', 'pyarrow'}"
    use = "sparsefool.load_model, sparsefool.load_gallery, sparsefool.list_models()"
    code = f"import sys, sparsefool; {use}; print({heavy} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
