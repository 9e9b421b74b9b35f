"""Figures of the dose network on the pages: made, and not changed by hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from dosenet.field_result import FieldResult, report
from tests.docs.dose_figures import MADE, PAGES, digest, long, page_with, short


def result(patient: str, anatomy: str, network: float, **more: object) -> FieldResult:
    given: dict[str, object] = {
        "mse": {"linear": 8e-4, "network": network},
        "gamma_2d": {"2 %/2 mm": {"linear": 70.0, "network": 99.0 - 1e4 * network}},
        "mean_errors": {"masked": {"linear": 3.0, "network": 1e4 * network}},
        "bands": {"tissue": {"lung": {"linear": 4.0, "network": 0.5}}},
        **more,
    }
    return FieldResult(patient, "site", anatomy, "f1", "open", "6X", 9, 1.0, **given)  # type: ignore[arg-type]


FIGURES = {"model": "ddn-lite", "version": "9", "split": "test"} | report(
    [
        result("lung_1", "ct", 2e-4, mse_in_body={"linear": 6e-4, "network": 1e-4}),
        result("head-01", "phantom", 0.8e-4),
    ]
)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_figures_on_a_page_are_as_they_were_made(page: Path) -> None:
    (found,) = MADE.findall(page.read_text(encoding="utf-8"))
    mark, made = found
    assert digest(made) == mark, "figures are made by python -m tests.docs.dose_figures, not written"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_only_the_figures_of_a_page_change(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    changed = page_with(text, PAGES[page](FIGURES))
    assert MADE.split(changed)[::3] == MADE.split(text)[::3]
    (mark, made) = MADE.findall(changed)[0]
    assert digest(made) == mark
    assert page_with(changed, PAGES[page](FIGURES)) == changed


def test_a_page_without_a_place_for_figures_is_refused() -> None:
    with pytest.raises(ValueError, match="found 0"):
        page_with("# A page\n", "x")


def test_rows_say_how_much_smaller_errors_are_and_which_is_the_worst() -> None:
    about, _, head, _, ct, phantom, both = short(FIGURES).splitlines()
    assert about.startswith("`ddn-lite` 9, 2 fields on 1 CTs and 1 phantoms of the split `test`")
    assert [cell.strip() for cell in ct.split("|")[1:-1]] == [
        "CTs", "1", "8.0e-4 → 2.0e-4", "4.0 × (4.0 ×, lung_1 f1)", "6.0 × (6.0 ×, lung_1 f1)",
        "70.0 → 97.0 % (97.0 %, lung_1 f1)", "3.00 → 2.00 % (2.00 %, lung_1 f1)",
    ]  # fmt: skip
    assert "| – |" in phantom
    assert "7.0 × (4.0 ×, lung_1 f1)" in both
    assert "3-D gamma" not in head, "what was not measured has no column"


def test_the_longer_page_has_rows_of_patients_fields_and_tissues() -> None:
    rows = [line.split(" | ")[0].removeprefix("| ") for line in long(FIGURES).splitlines() if "|" in line]
    for name in ("lung_1", "head-01", "**CTs**", "**all**", "open", "6X", "open 6X", "tissue, from 10 % dose: lung"):
        assert name in rows
