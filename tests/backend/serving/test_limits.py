import itertools
from dataclasses import fields

import pytest

from sparsefool.backend.progress import NullProgress
from sparsefool.backend.serving import experiment_limits
from sparsefool.backend.serving.experiment_limits import check_experiments, within_time
from sparsefool.backend.serving.limits import PRESETS, VARIABLE, Limits, limits, read_limits
from sparsefool.errors import Cancelled, LimitError, ParameterError


@pytest.fixture
def named(monkeypatch):
    """Return the limits of a process whose environment has a value."""

    def named(value):
        monkeypatch.setenv(VARIABLE, value)
        limits.cache_clear()
        return limits()

    yield named
    limits.cache_clear()


def written(folder, text):
    path = folder / "limits.toml"
    path.write_text(text)
    return path


def test_without_a_word_nothing_of_a_persons_own_machine_is_switched_off():
    assert limits() == Limits()
    assert limits().experiments
    assert limits().own_networks
    assert limits().bytes_per_session >= 500_000_000, "the largest file of weights that is read"


def test_a_preset_and_a_file_can_be_named_in_the_environment(named, tmp_path):
    assert named("public") == PRESETS["public"]
    assert named(str(written(tmp_path, "sessions = 7"))) == Limits(sessions=7)


def test_a_public_server_gives_no_more_than_a_class_and_a_class_no_more_than_ones_own_machine():
    ordered = [PRESETS["public"], PRESETS["for-class"], Limits()]
    for tighter, wider in itertools.pairwise(ordered):
        for field in fields(Limits):
            assert getattr(tighter, field.name) <= getattr(wider, field.name), field.name
    assert not PRESETS["public"].experiments
    assert not PRESETS["public"].own_networks


def test_a_file_changes_single_values_of_a_preset(tmp_path):
    found = read_limits(written(tmp_path, 'preset = "public"\nexperiments = true\nsessions = 9\n'))
    assert (found.experiments, found.sessions) == (True, 9)
    assert found.megabytes_per_session == PRESETS["public"].megabytes_per_session


WRONG = [
    ("session = 7", ["'session'", "7", "sessions, megabytes_per_session"]),
    ("sessions = 0", ["sessions", "0", "from 1 to 100,000"]),
    ('sessions = "many"', ["sessions", "'many'", "whole number"]),
    ("sessions = 1.5", ["sessions", "1.5"]),
    ("sessions = true", ["sessions", "True", "whole number"]),
    ("experiments = 1", ["experiments", "1", "true or false"]),
    ('own_networks = "no"', ["own_networks", "'no'", "true or false"]),
    ('preset = "open"', ["preset", "'open'", "for-class, public"]),
    ("preset = [1]", ["preset", "[1]", "for-class, public"]),
    ("sessions 7", ["is no TOML file"]),
]


@pytest.mark.parametrize(("text", "said"), WRONG, ids=[text for text, _ in WRONG])
def test_what_a_file_says_wrongly_is_named(text, said, tmp_path):
    path = written(tmp_path, text)
    with pytest.raises(ParameterError) as raised:
        read_limits(path)
    for words in [*said, str(path)]:
        assert words in str(raised.value)


def test_what_is_neither_a_file_nor_a_preset_is_named(named):
    with pytest.raises(ParameterError, match=r"/no/file.*No such file.*for-class and public"):
        named("/no/file")


def test_experiments_can_be_switched_off(set_limits):
    check_experiments()
    set_limits(experiments=False)
    with pytest.raises(LimitError, match=r"switched off.*your own machine"):
        check_experiments()


def test_an_experiment_is_cancelled_after_its_time(set_limits, monkeypatch):
    set_limits(seconds_per_experiment=60)
    clock = [0.0]
    monkeypatch.setattr(experiment_limits.time, "monotonic", lambda: clock[0])
    checked = []

    def run(request, progress):
        for second in range(0, request + 1, 10):
            clock[0] = 1000.0 + second
            progress.report(second, request, "running")
            progress.check()
            checked.append(second)
        return "done"

    class Reported(NullProgress):
        def report(self, done, *_):
            reported.append(done)

    reported = []
    clock[0] = 1000.0
    assert within_time(run)(60, Reported()) == "done"
    checked.clear()
    clock[0] = 1000.0
    with pytest.raises(Cancelled, match="60 s on this server"):
        within_time(run)(100, Reported())
    assert checked == [0, 10, 20, 30, 40, 50, 60]
    assert reported[-1] == 70


def test_a_cancelled_experiment_stays_cancelled():
    class Gone(NullProgress):
        def check(self):
            raise Cancelled("The run was cancelled.")

    with pytest.raises(Cancelled, match="was cancelled"):
        within_time(lambda _, progress: progress.check())(None, Gone())
