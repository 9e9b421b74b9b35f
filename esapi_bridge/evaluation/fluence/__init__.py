"""Judges a fluence network on whole plans: patient by patient, figures, summary, page."""
