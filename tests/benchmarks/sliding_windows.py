"""Delivered against wanted exposure of sliding windows: ``python -m tests.benchmarks.sliding_windows [--energy 15X]``.

Mean differences in % of a field's maximum, over all leaf pairs and columns of the map, zeros included: what leaf
motions give; the least that is left whatever leaves do, since what passes them cannot be taken off where less is
wanted; and what they give where more is wanted. Optimised fluences of phantoms of several sites.
"""

from __future__ import annotations

import argparse

import numpy as np

from esapi_bridge.planning.leaf_sequencing import sliding_window
from esapi_bridge.planning.phantoms import make_phantom
from esapi_bridge.planning.physics import load_beam_model
from esapi_bridge.planning.physics.fluence_unit import mu_per_fluence
from esapi_bridge.planning.subject import Subject
from esapi_bridge.planning.techniques.modulated import imrt_beams

SPACING_MM = (4.0, 4.0, 5.0)
NUMBER = 3
"""Of the phantom."""


def main(energies: tuple[str, ...], sites: tuple[str, ...]) -> None:
    """Plan and print, a line a field."""
    print("energy | site | field | carriage groups | all | unavoidable | where more is wanted")
    for energy in energies:
        factor = mu_per_fluence(load_beam_model(energy))
        for site in sites:
            phantom = make_phantom(site, NUMBER, SPACING_MM)
            subject = Subject(site, phantom.ct, phantom.body, phantom.masks["PTV"], phantom.masks)
            for beam in imrt_beams(subject, energy=energy):
                motion = sliding_window(beam, factor)
                wanted, most = motion.wanted_mu, motion.wanted_mu.max()
                error = np.abs(motion.delivered_mu - wanted) / most * 100.0
                least = np.maximum(motion.least_mu - wanted, 0.0) / most * 100.0
                print(
                    f"{energy} | {site} | {beam.number} | {motion.carriage_groups} | {error.mean():.2f} | "
                    f"{least.mean():.2f} | {error[wanted > motion.least_mu].mean():.2f}",
                    flush=True,
                )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--energy", action="append", help="may be repeated; 6X and 15X by default")
    parser.add_argument("--site", action="append", help="may be repeated; pelvis, thorax and head by default")
    given = parser.parse_args()
    main(tuple(given.energy or ("6X", "15X")), tuple(given.site or ("pelvis", "thorax", "head")))
