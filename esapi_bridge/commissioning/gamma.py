"""Gamma pass rates of a dose by every criterion, global and local."""

from __future__ import annotations

import math

from dosenet.gamma import gamma_index, pass_percent
from esapi_bridge.commissioning.compared import Compared, Figures
from esapi_bridge.commissioning.quantities import CRITERIA, Scope, gamma_name
from esapi_bridge.report.gamma import distribution


def gamma_figures(compared: Compared, scope: Scope) -> Figures:
    """Pass rates, per cent of the reference's voxels of at least 10 % of its maximum; empty where it has no dose."""
    found = {}
    for criterion in CRITERIA:
        for local in (False, True):
            gamma = gamma_index(
                reference=distribution(compared.reference.volume),
                evaluated=distribution(compared.network.volume),
                criterion=criterion,
                local=local,
            )
            rate = pass_percent(gamma)
            if math.isfinite(rate):
                found[gamma_name(criterion, scope, local=local)] = rate
    return found
