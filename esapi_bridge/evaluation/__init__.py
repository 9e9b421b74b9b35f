"""Judges networks on whole plans."""
