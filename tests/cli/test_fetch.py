import hashlib
from types import SimpleNamespace

import pytest
from click.testing import CliRunner

from sparsefool.cli.main import main
from sparsefool.zoo import downloads
from sparsefool.zoo.loading import is_available
from sparsefool.zoo.paper_weights import PAPER_NETWORKS
from sparsefool.zoo.sources import torchvision_models
from tests.zoo.web_server import serving

CONTENT = bytes(range(256)) * 9_000
HASH = hashlib.sha256(CONTENT).hexdigest()[:8]


@pytest.fixture
def server():
    with serving(CONTENT) as found:
        yield found


@pytest.fixture
def cache(tmp_path, monkeypatch, server):
    """The folder of the weights, which come from the server on this machine."""
    names = {spec.architecture: f"{spec.architecture}-{HASH}.pth" for spec in PAPER_NETWORKS}
    files = {(spec.architecture, spec.weights): names[spec.architecture] for spec in PAPER_NETWORKS}
    monkeypatch.setattr(torchvision_models, "FILES", files)
    monkeypatch.setattr(
        torchvision_models,
        "_find_weights",
        lambda spec: SimpleNamespace(url=f"{server.url}/models/{names[spec.architecture]}"),
    )
    monkeypatch.setattr(downloads, "PAUSE_SECONDS", 0)
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    folder = tmp_path / "hub" / "checkpoints"
    folder.mkdir(parents=True)
    return folder


def fetch(*arguments):
    outcome = CliRunner().invoke(main, ["fetch", "paper", *arguments])
    return outcome, dict(line.split(": ", 1) for line in outcome.stdout.splitlines())


def test_the_networks_are_those_of_the_paper():
    assert [spec.name for spec in PAPER_NETWORKS] == [
        "imagenet/vgg16",
        "imagenet/resnet101",
        "imagenet/densenet161",
        "imagenet/inception_v3",
    ]


def test_a_list_says_what_is_there_and_fetches_nothing(cache, server):
    (cache / f"vgg16-{HASH}.pth").write_bytes(CONTENT)
    (cache / f"resnet101-{HASH}.pth.part").write_bytes(CONTENT[: 1 << 20])
    (cache / f"densenet161-{HASH}.pth").write_bytes(CONTENT[:-1])
    outcome, lines = fetch("--list")
    assert outcome.exit_code == 0
    assert lines["imagenet/vgg16"] == f"there and whole, 2 MB ({cache / f'vgg16-{HASH}.pth'})"
    assert lines["imagenet/resnet101"].startswith("begun, 1 of about 171 MB (")
    assert lines["imagenet/densenet161"].startswith("damaged, 2 MB: the next fetch replaces it (")
    assert lines["imagenet/inception_v3"].startswith("missing, about 104 MB (")
    assert server.starts == []


def test_what_is_missing_is_fetched_and_what_is_there_is_not(cache, server):
    (cache / f"vgg16-{HASH}.pth").write_bytes(CONTENT)
    (cache / f"resnet101-{HASH}.pth.part").write_bytes(CONTENT[:1000])
    (cache / f"densenet161-{HASH}.pth").write_bytes(CONTENT[:-1])
    outcome, lines = fetch()
    assert outcome.exit_code == 0, outcome.output
    assert all(line.startswith("there and whole, 2 MB (") for line in lines.values())
    assert server.starts == [1000, 0, 0]
    assert all(path.read_bytes() == CONTENT for path in cache.iterdir())
    assert all(is_available(spec.name) for spec in PAPER_NETWORKS)
    assert fetch()[0].exit_code == 0
    assert len(server.starts) == 3, "nothing is fetched twice"


@pytest.mark.parametrize(
    ("fault", "reason", "state"),
    [
        ("missing", "HTTP Error 404", "missing, about 528 MB"),
        (
            "whole and truncated",
            "the connection broke after 768001 of 2304000 bytes",
            "begun, 1 of about 528 MB",
        ),
    ],
)
def test_what_cannot_be_fetched_is_said_and_the_others_are_tried(cache, server, fault, reason, state):
    server.fault = fault
    (cache / f"inception_v3-{HASH}.pth").write_bytes(CONTENT)
    outcome, lines = fetch()
    assert outcome.exit_code == 2
    assert lines["imagenet/vgg16"].startswith(state)
    assert lines["imagenet/inception_v3"].startswith("there and whole")
    assert outcome.stderr.count(reason) == 3
    assert f"put it at {cache / f'resnet101-{HASH}.pth'}" in outcome.stderr
    assert "Traceback" not in outcome.output


def test_a_file_with_another_hash_is_refused(cache, server):
    server.content = CONTENT[::-1]
    outcome, lines = fetch()
    assert outcome.exit_code == 2
    assert outcome.stderr.count(f"but must begin with {HASH}") == 4
    assert all(line.startswith("missing") for line in lines.values())
    assert [path.name for path in cache.iterdir() if not path.name.startswith(".")] == []


def test_interrupted_it_says_how_to_go_on(cache, monkeypatch):
    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(torchvision_models, "fetch", interrupt)
    outcome, _ = fetch()
    assert outcome.exit_code == 130
    assert "Interrupted. What is finished is kept: the same command goes on from there." in outcome.stderr
    assert list(cache.iterdir()) == []
