import pytest

from sparsefool.backend.attack.report import Origin
from sparsefool.view.attack.origin import origin_text
from tests.view.attack_report import make_report


def test_a_stored_result_says_when_with_what_and_on_what_it_was_computed():
    report = make_report(origin=Origin.SHIPPED, versions={"torch": "2.14.1+cpu"}, seconds=0.26)
    text, more = origin_text(report)
    assert text == "Stored result, computed on 1 January 2026"
    assert more.startswith("With PyTorch 2.14.1 on a processor. It comes with the project.")


@pytest.mark.parametrize(("seconds", "shown"), [(0.04, "0.04 s"), (3.25, "3.25 s"), (31.4, "31 s")])
def test_a_result_of_this_server_says_when(seconds, shown):
    text, more = origin_text(make_report(origin=Origin.KEPT, seconds=seconds))
    assert text == "Computed on this server at 00:00 UTC"
    assert more.startswith(f"It took {shown};")
