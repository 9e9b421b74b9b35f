"""Fluence from contours and dose: not written yet. Research use only, not for clinical use."""
