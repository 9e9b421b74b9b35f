"""The two forms in which a Compensator Sequence item (PS3.3 C.8.8.14) holds an optimal fluence, and their units.

A `FluenceMap` is in ESAPI's unit: 1 gives 1 Gy at 10 cm depth, in one fraction. Eclipse writes items of type OPTIMAL
with that dose divided by the prescribed dose of one fraction; see docs/explanation/fluence.md for how this was found.
"""

from __future__ import annotations

from enum import StrEnum

from esapi_bridge.errors import RefusedError


class FluenceForm(StrEnum):
    """Compensator Type (300A,02EE) of an item that holds an optimal fluence."""

    OPTIMAL = "OPTIMAL"
    """As Eclipse writes it: relative to the dose of one fraction."""
    DMLC = "DMLC"
    """The standard's word for a moving multileaf collimator: in ESAPI's unit."""

    def esapi_per_value(self, fraction_gy: float | None) -> float:
        """Return what a stored value of 1 is in ESAPI's unit.

        Parameters
        ----------
        fraction_gy
            Prescribed dose of one fraction, Gy; None where the plan does not state it.

        Raises
        ------
        RefusedError
            If the form needs a prescription and there is none.
        """
        if self is FluenceForm.DMLC:
            return 1.0
        if fraction_gy is None:
            raise RefusedError(
                "a fluence of type OPTIMAL is relative to the prescribed dose of one fraction, found none: "
                "the plan must state its prescription and number of fractions"
            )
        return fraction_gy
