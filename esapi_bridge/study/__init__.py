"""Compares dose networks as Dong and Xing did: each learns from all patients but some, and is judged on those."""
