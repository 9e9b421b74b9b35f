"""Check of whether this site has measured and approved the network that is about to be used.

- commissioned: the network is approved here, with these weights, this card and this version of the package; else a
  warning, or a refusal where the site's settings require it. One that was approved though a limit was not met warns.
"""

from __future__ import annotations

from esapi_bridge.checks.verdict import Outcome, Verdict
from esapi_bridge.models import InstalledModel, ModelCard
from esapi_bridge.models.approvals import standing_of
from esapi_bridge.models.site import site_settings

CHECK = "commissioned"
EXPECTED = "a network commissioned and approved here (esapi-bridge commission, models approve)"


def commissioned(model: InstalledModel[ModelCard]) -> Verdict:
    """Compare a network, whose weights are those of its card, with the site's approvals.

    Raises
    ------
    RefusedError
        If the site's settings cannot be read.
    """
    required = site_settings().require_commissioned
    standing = standing_of(model)
    outcome = Outcome.PASS if standing.state == "approved" else Outcome.WARN
    if required and not standing.is_approved:
        outcome = Outcome.REFUSE
    return Verdict(CHECK, outcome, EXPECTED, standing.told)
