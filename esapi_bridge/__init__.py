"""Deep-learning dose and fluence next to Varian Eclipse. Research use only, not for clinical use."""

__version__ = "0.1.0"

INTENDED_USE = "Research use only, not for clinical use."
"""The sentence that every output of this package carries."""
