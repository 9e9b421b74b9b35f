"""What is measured of a fluence network: quantities by their names in the file of limits.

Plans are those of both fluences, delivered by the same leaf calculation and the same dose engine and normalised alike,
so that nothing but the fluences differs.
"""

from __future__ import annotations

from types import MappingProxyType

from esapi_bridge.commissioning.quantities import Quantity

D95, D98, D2 = "ptv_d95", "ptv_d98", "ptv_d2"
HOMOGENEITY, ORGANS, GOALS = "homogeneity_lost", "organ_means", "goals_lost"
GAMMA, SIMILARITY, SUM = "map_gamma_3_3", "map_similarity", "map_sum"

FLUENCE_QUANTITIES = MappingProxyType(
    {
        quantity.name: quantity
        for quantity in (
            Quantity(GOALS, "plan goals that the clinical fluences meet and the predicted ones do not", "goals", "low"),
            Quantity(D95, "D95 of the PTV", "% of prescription", "low"),
            Quantity(D98, "D98 of the PTV", "% of prescription", "low"),
            Quantity(D2, "D2 of the PTV", "% of prescription", "low"),
            Quantity(HOMOGENEITY, "(D5 - D95) of the PTV, more than clinical", "% of prescription", "low"),
            Quantity(ORGANS, "mean dose of an organ, more than clinical", "% of prescription", "low"),
            Quantity(GAMMA, "gamma 3 %/3 mm of fluences (10 % threshold)", "%", "high"),
            Quantity(SIMILARITY, "structural similarity of fluences (1: equal)", "", "high"),
            Quantity(SUM, "sum of fluences", "%", "low"),
        )
    }
)
"""All of them, in the order of the page."""
