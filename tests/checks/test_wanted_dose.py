"""What an anatomy unlike those of the training patients is told."""

from __future__ import annotations

from esapi_bridge.checks.verdict import Outcome
from esapi_bridge.checks.wanted_dose import anatomy
from esapi_bridge.models import WantedDoseCard
from esapi_bridge.models.card import Validity, WantedDoseUse, Weights

RANGE = tuple(float(v) for v in range(50, 161, 11))


def card(anatomy: dict[str, tuple[float, ...]]) -> WantedDoseCard:
    return WantedDoseCard(
        name="tiny", version="1", preset="tiny", summary="", weights=Weights(file="x", sha256="0" * 64),
        valid_for=Validity(energies=("15X",)), use=WantedDoseUse(anatomy=anatomy),
    )  # fmt: skip


def test_an_anatomy_within_the_range_passes_with_its_ranks() -> None:
    found = anatomy({"rectum volume, cm3": 105.0}, card({"rectum volume, cm3": RANGE}))
    assert (found.outcome, found.found) == (Outcome.PASS, "1 numbers of rank 50 to 50 %")


def test_a_small_rectum_is_warned_of_with_value_range_and_rank() -> None:
    found = anatomy({"rectum volume, cm3": 20.0}, card({"rectum volume, cm3": RANGE}))
    assert found.outcome is Outcome.WARN
    assert found.found == "rectum volume 20 cm3, trained 50 to 160 (rank 0 %)"


def test_three_are_named_and_the_others_counted() -> None:
    names = [f"organ {n} volume, cm3" for n in range(5)]
    found = anatomy(dict.fromkeys(names, 500.0), card(dict.fromkeys(names, RANGE)))
    assert found.found.count("rank 100 %") == 3
    assert found.found.endswith("; and 2 more")


def test_a_card_that_says_nothing_limits_nothing() -> None:
    assert anatomy({"rectum volume, cm3": 20.0}, card({})).outcome is Outcome.PASS
