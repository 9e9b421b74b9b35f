import csv
from pathlib import Path

from dosenet.fitting.run_keeper import append_row


def test_a_table_keeps_its_columns_when_there_are_more_figures_or_fewer(tmp_path: Path) -> None:
    path = tmp_path / "metrics.csv"
    append_row(path, {"step": 1, "ratio": 2.0})
    append_row(path, {"step": 2, "share": 0.4, "ratio": 2.5})
    append_row(path, {"step": 3})
    with path.open(newline="", encoding="utf-8") as handle:
        assert list(csv.DictReader(handle)) == [
            {"step": "1", "ratio": "2.0"},
            {"step": "2", "ratio": "2.5"},
            {"step": "3", "ratio": ""},
        ]
