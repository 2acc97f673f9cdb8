import re

from click.testing import CliRunner

from sparsefool import load_gallery, load_model
from sparsefool.attacks import find_boundary, sparsefool
from sparsefool.cli.experiments.warm_starts import moves


def test_the_passes_are_those_of_the_attacks():
    arguments = ["mnist/lenet", "--images", "3", "--move", "3", "60", "--device", "cpu"]
    result = CliRunner().invoke(moves, arguments, catch_exceptions=False)
    assert result.exit_code == 0
    classifier, images = load_model("mnist/lenet", device="cpu"), load_gallery("mnist").images[:3]
    passes = []
    for image in images:
        first = find_boundary(classifier, image[None])
        attack = sparsefool(classifier, image[None], delta=60.0, first_boundary=first)
        later = int(attack.forwards + attack.backwards)
        passes.append(later + int(first.forwards + first.backwards))
    text = r"passes (\S+) with all candidate classes, (\S+) with some skipped, (\S+) once"
    numbers = re.search(text, result.output)
    every, fresh, moved = map(float, numbers.groups())
    assert every == sorted(passes)[1]
    assert moved < fresh <= every
    assert "same image 3/3" in result.output
    one_move, all_moves = re.findall(r"(0\.\d\d) and (0\.\d\d) times", result.output)
    assert one_move == all_moves
