import argparse
from dataclasses import fields
from pathlib import Path

import pytest

from dosenet.fitting.options import RunOptions, add_run_options


def parsed(*arguments: str) -> RunOptions:
    parser = argparse.ArgumentParser()
    add_run_options(parser)
    return RunOptions.parsed(parser.parse_args(arguments))


def test_limits_need_exactly_one_horizon() -> None:
    with pytest.raises(ValueError, match="hours or steps"):
        RunOptions(Path("run"))
    with pytest.raises(ValueError, match="hours or steps"):
        RunOptions(Path("run"), hours=1, steps=1)


def test_a_run_that_got_so_far_has_the_rest_to_do() -> None:
    assert RunOptions(Path("run"), steps=1000).rest(600, 7200.0).steps == 400
    assert RunOptions(Path("run"), hours=3.0).rest(600, 7200.0).hours == pytest.approx(1.0)
    assert RunOptions(Path("run"), steps=1000).rest(1200, 7200.0).steps == 0, "steps beyond the end"


def test_what_is_not_given_is_the_default_of_the_function() -> None:
    assert parsed("--out", "run", "--steps", "3") == RunOptions(Path("run"), steps=3)


def test_every_option_of_a_run_can_be_given() -> None:
    given = (
        "--out run --hours 2 --session-minutes 3 --validation-minutes 4 --checkpoint-minutes 6 --resume --seed 7 "
        "--device cpu --batch 8 --threads 9 --compile --no-bf16 --patience 11"
    )
    found = parsed(*given.split())
    assert found == RunOptions(Path("run"), 2.0, None, 3.0, 4.0, 6.0, True, 7, "cpu", 8, 9, True, False, 11)
    unchanged = {f.name for f in fields(RunOptions) if getattr(found, f.name) == f.default}
    assert unchanged == {"steps"}
