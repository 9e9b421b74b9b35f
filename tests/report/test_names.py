"""Names of plans, beams and structures, which may hold anything, in pages and figures."""

from __future__ import annotations

from pathlib import Path

from esapi_bridge.report import style
from esapi_bridge.report.page import render


def test_a_page_shows_no_control_characters_and_no_markup_of_a_name(tmp_path: Path) -> None:
    cell = "{% macro cell(x) %}<td>{{ x }}</td>\n{% endmacro %}{{ cell(plan) }}"
    (tmp_path / "page.j2").write_text("{{ plan }}|{{ plan|upper }}|" + cell)
    name = "A\x1b[31m\x00\u202eB<i>"
    written = render("page.j2", tmp_path / "page.html", verdicts=[], folder=tmp_path, plan=name).read_text("utf-8")
    shown = "A [31m  B&lt;i&gt;"
    assert written == f"{shown}|A [31M  B&lt;I&gt;|<td>{shown}</td>\n"


def test_dollars_and_underscores_of_a_name_are_no_formula() -> None:
    with style.house_style():
        figure = style.new_figure(2, 2)
        axes = figure.add_subplot()
        axes.plot([0, 1], label=r"PTV $\frac{$ a_b^ $")
        axes.legend()
        assert style.drawn(figure).png()
