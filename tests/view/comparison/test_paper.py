from streamlit.testing.v1 import AppTest


def page():
    import pandas as pd

    from sparsefool.store.tables import Table
    from sparsefool.view.comparison.paper import show_paper_and_here
    from sparsefool.view.shared.query_parameters import start_lookups
    from tests.analysis.paper.test_claims import LENET, rows

    parts = [
        rows(LENET, "SparseFool", list(range(10, 30))),
        rows(LENET, "JSMA", list(range(30, 50))),
        rows(LENET, "Random noise", 20, fooled=8),
    ]
    measured = pd.concat(parts).assign(features=9, pixels_per_image=784, iterations=3, planes_behind=0)
    start_lookups()
    show_paper_and_here({"mnist": Table(measured, {})})


def test_verdicts_stand_with_their_n_their_interval_and_what_the_paper_says():
    app = AppTest.from_function(page, default_timeout=60).run()
    assert not app.exception
    claims = app.table[0].value.set_index("Conclusion")
    more = claims.loc["JSMA changes more pixels than SparseFool"]
    assert more["Here"] == "2.0 times (1.9 to 2.3), n = 20 that both fool, p < 0.001"
    assert more[""].endswith("holds")
    noise = claims.loc["Random noise of the same size fools less than half of what SparseFool fools"]
    assert noise["Here"] == "8 of 20 = 40.0 % (21.9 to 61.3)"
    assert noise[""].endswith("cannot be told with n = 20")
    assert "18.2, 13.2, 14.5, 9.6 %" in noise["Paper"]
