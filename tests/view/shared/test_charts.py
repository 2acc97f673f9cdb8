import plotly.graph_objects as go
import pytest
from plotly.subplots import make_subplots

from sparsefool.paths import ROOT
from sparsefool.view.shared import charts
from sparsefool.view.shared.charts import readable
from sparsefool.view.shared.palette import text_color


def test_the_texts_of_all_axes_and_of_the_legend_have_the_pages_colour():
    figure = go.Figure(readable(make_subplots(2, 1)))
    for axis in (*figure.select_xaxes(), *figure.select_yaxes()):
        for font in (axis.tickfont, axis.title.font):
            assert (font.color, font.size) == (text_color(), charts.AXIS_TEXT)
    assert len([*figure.select_xaxes()]) == 2
    assert figure.layout.legend.font.color == text_color()


def test_the_texts_of_colour_bars_have_the_pages_colour_and_keep_their_title():
    figure = go.Figure(go.Heatmap(z=[[1]], colorbar={"title": {"text": "Pixels, %"}}))
    bar = go.Figure(readable(figure)).data[0].colorbar
    assert (bar.title.text, bar.title.font.color, bar.tickfont.color) == (
        "Pixels, %",
        text_color(),
        text_color(),
    )


def test_what_a_figure_says_itself_of_its_texts_stays():
    figure = go.Figure().update_xaxes(tickfont_size=9, title_font_color="#ff0000")
    axis = readable(figure)["layout"]["xaxis"]
    assert (axis["tickfont"]["size"], axis["title"]["font"]["color"]) == (9, "#ff0000")


def test_in_lecture_mode_the_texts_are_larger(monkeypatch):
    monkeypatch.setattr(charts, "lecture_mode", lambda: True)
    assert readable({})["layout"]["xaxis"]["tickfont"]["size"] == charts.LECTURE_TEXT


def test_a_chart_that_is_kept_is_described_once_and_as_plotly_does():
    chart = {"data": [{"type": "scatter", "y": [3.0, 1.0]}], "layout": {"title": {"text": "Margin"}}}
    kept = charts.checked(chart)
    assert charts.checked(chart).to_dict() is kept.to_dict()
    assert kept.to_dict() == go.Figure(chart).to_dict()


def test_a_chart_is_checked_once_and_kept_unless_it_is_large():
    def drawn(points):
        return charts.checked({"data": [{"type": "scatter", "y": list(range(points))}]})

    assert drawn(100) is drawn(100)
    assert drawn(charts.LARGEST_KEPT) is not drawn(charts.LARGEST_KEPT)
    with pytest.raises(ValueError, match="Invalid property"):
        charts.checked({"layout": {"no such": 1}})


@pytest.mark.parametrize(
    "page", ["attack", "comparison", "how_it_works", "perceptibility", "regions", "transfer"]
)
def test_every_chart_of_a_page_is_drawn_readably(page):
    for path in (ROOT / "sparsefool" / "view" / page).rglob("*.py"):
        assert "st.plotly_chart(" not in path.read_text(), path
