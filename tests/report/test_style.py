"""What figures have in common."""

from __future__ import annotations

from esapi_bridge.report.style import house_style, log_y, new_figure


def test_a_logarithmic_axis_has_plain_numbers() -> None:
    with house_style():
        figure = new_figure(4, 3)
        ax = figure.subplots()
        ax.plot([0, 1], [0.018, 0.07])
        log_y(ax)
        figure.canvas.draw()
    words = [tick.get_text() for tick in ax.get_yticklabels() + ax.get_yticklabels(minor=True) if tick.get_text()]
    assert {float(word) for word in words} >= {0.02, 0.05}
