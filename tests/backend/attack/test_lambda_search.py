from dataclasses import replace

import pytest

from sparsefool.backend.attack import lambda_search
from sparsefool.backend.attack.lambda_search import LAMBDAS, LambdaSearch, search_lambda
from sparsefool.backend.attack.request import AttackRequest
from sparsefool.backend.attack.run import run_attack
from sparsefool.errors import Cancelled
from tests.tiny_model import TINY, put_in_place, tiny_classifier, tiny_picture
from tests.view.attack_report import make_report

STUCK = AttackRequest(TINY, tiny_picture(), 1.0, delta=10.0, max_iter=2, device="cpu")
"""A run that ends too soon on the tiny network."""


class Recorder:
    def __init__(self, limit=None):
        self.limit = limit
        self.reports = []

    def report(self, *status):
        self.reports.append(status)

    def check(self):
        if self.limit is not None and len(self.reports) >= self.limit:
            raise Cancelled("enough")


@pytest.fixture(autouse=True)
def _tiny(monkeypatch):
    put_in_place(monkeypatch, tiny_classifier())


@pytest.fixture
def tried(monkeypatch):
    """Replace the attack: from λ = 10 on it fools; return the requests that were made."""
    requests = []

    def run(request, progress):
        progress.report(10, 50, "Iteration 10 of at most 50")
        requests.append(request)
        return make_report(request=request, success_8bit=request.lambda_ >= 10)

    monkeypatch.setattr(lambda_search, "recall_or_run", run)
    return requests


def test_the_larger_lambdas_are_tried_up_to_the_end_of_the_slider():
    assert LambdaSearch(STUCK).lambdas == LAMBDAS
    assert LambdaSearch(replace(STUCK, lambda_=5.0)).lambdas == (10.0, 20.0)
    assert LambdaSearch(replace(STUCK, lambda_=20.0)).lambdas == ()
    assert LAMBDAS[-1] == STUCK.spec.ranges["lambda_"].high


def test_the_first_that_fools_is_returned_and_no_larger_one_is_run(tried):
    found = search_lambda(LambdaSearch(replace(STUCK, lambda_=3.0))).report
    assert found.request == replace(STUCK, lambda_=10.0)
    assert [request.lambda_ for request in tried] == [5.0, 10.0]


@pytest.mark.usefixtures("tried")
def test_progress_counts_all_runs():
    recorder = Recorder()
    search_lambda(LambdaSearch(replace(STUCK, lambda_=3.0)), recorder)
    assert [status[:3] for status in recorder.reports] == [
        (10, 150, "λ = 5, 1 of 3: iteration 10 of at most 50"),
        (60, 150, "λ = 10, 2 of 3: iteration 10 of at most 50"),
    ]


def test_where_none_fools_there_is_no_attack_to_show():
    hopeless = replace(STUCK, delta=1.0, lambda_=10.0)
    search = LambdaSearch(hopeless)
    report = search_lambda(search)
    assert report.request == search
    assert report.report is None


def test_what_is_found_is_what_the_same_request_gives_alone():
    assert not run_attack(STUCK).success_8bit
    found = search_lambda(LambdaSearch(STUCK)).report
    assert found.success_8bit
    assert found.request.lambda_ in LAMBDAS
    assert run_attack(found.request).adversarial.sha256 == found.adversarial.sha256


def test_it_can_be_cancelled():
    with pytest.raises(Cancelled):
        search_lambda(LambdaSearch(STUCK), Recorder(limit=2))
