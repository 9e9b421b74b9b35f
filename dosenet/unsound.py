"""The error of a store that must not be learnt from; free of torch and Zarr."""

from __future__ import annotations


class UnsoundStoreError(ValueError):
    """A store of training data holds something that a network must not learn from."""
