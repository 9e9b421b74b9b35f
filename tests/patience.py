"""How long tests wait."""

LONGEST_S = 600.0
"""How long anything that a test waits for may take, s: no test is about time, and a machine may be ten times slower."""
