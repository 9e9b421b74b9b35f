"""Commissioning of fluence networks: predicted beside a clinic's own fluences, and the plans that both become."""
