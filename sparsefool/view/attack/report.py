"""The findings of the Attack page as one HTML file."""

from sparsefool.backend.attack.report import AttackReport
from sparsefool.backend.attack.reproduction import Sample, python_program
from sparsefool.view.attack.messages import headline
from sparsefool.view.attack.pixel_chart import pixel_figure
from sparsefool.view.attack.trajectory_chart import trajectory_figure
from sparsefool.view.shared.downloads import report_chart, report_code, report_json, report_page
from sparsefool.view.shared.picture_rows import Figure, row_html
from sparsefool.view.shared.pictures import mark_changes


def attack_html(report: AttackReport, sample: Sample | None) -> str:
    """Return the findings of the Attack page as one file."""
    before, after = report.request.picture, report.adversarial
    pictures = (
        Figure(before, f"The original, called {report.before.name}.", "Original", (report.before.name,)),
        Figure(after, f"The result, called {report.after_8bit.name}.", "Result", (report.after_8bit.name,)),
        Figure(
            mark_changes(before, after),
            f"The {report.change_8bit.pixels} changed pixels in yellow.",
            "Changed pixels",
            (f"{report.change_8bit.pixels:,} pixels, {report.change_8bit.percent:.2g} %",),
        ),
    )
    last = len(report.steps) - 1
    charts = [("Pixels", pixel_figure(report, after))]
    if last > 0:
        charts.insert(0, ("Trajectory", trajectory_figure(report, last)))
    original = "original.png"
    return report_page(
        headline(report),
        [
            row_html(pictures),
            *(report_chart(title, figure) for title, figure in charts),
            report_code("The program that computes this again", python_program(report, sample, original)),
            report_code("Everything that the result depends on", report_json(report.summary())),
        ],
    )
