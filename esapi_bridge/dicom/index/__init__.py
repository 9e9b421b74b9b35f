"""Finds every plan below a folder of many patients by the headers of its files."""
