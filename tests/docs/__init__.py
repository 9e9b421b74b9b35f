"""Tests of the documentation: no dead link, every page on the map, every snippet one that runs."""
