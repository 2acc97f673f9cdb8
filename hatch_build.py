"""What pyproject.toml cannot say by itself: where the dependencies are listed, and what a wheel carries."""

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface
from hatchling.metadata.plugin.interface import MetadataHookInterface


class RequirementsFiles(MetadataHookInterface):
    """The dependencies are those of requirements.txt; each extra adds those of a file of its name.

    There is no extra for requirements-benchmark.txt: what its packages ask for cannot be installed beside
    Streamlit.
    """

    def update(self, metadata: dict[str, Any]) -> None:
        """Set the dependencies in the table ``[project]``."""
        metadata["dependencies"] = self._read("requirements.txt")
        metadata["optional-dependencies"] = {
            extra: self._read(f"requirements-{extra}.txt") for extra in ("cluster", "test")
        }

    def _read(self, name: str) -> list[str]:
        """Return the requirements in a file and in those that it refers to, but for requirements.txt."""
        found = []
        for line in Path(self.root, name).read_text(encoding="utf-8").splitlines():
            kind, _, other = line.partition(" ")
            if kind == "-r" and other != "requirements.txt":
                found += self._read(other.strip())
            elif line.strip() and not line.startswith(("#", "-")):
                found.append(line.strip())
        return found


class Bundle(BuildHookInterface[Any]):
    """A wheel carries the files that lie beside the package in a checkout, in ``sparsefool/bundle``.

    An editable wheel does not: there the package finds them where they are.
    """

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Add the files of the hook's option ``bundle`` to the wheel."""
        if version == "standard":
            build_data["force_include"] |= {
                str(Path(self.root, name)): f"sparsefool/bundle/{name}" for name in self.config["bundle"]
            }


def get_metadata_hook() -> type[MetadataHookInterface]:
    """Return the hook for the table ``[project]``."""
    return RequirementsFiles


def get_build_hook() -> type[BuildHookInterface[Any]]:
    """Return the hook for wheels."""
    return Bundle
