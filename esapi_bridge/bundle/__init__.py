"""One file with everything that an installation without internet needs."""

from esapi_bridge.bundle.make import Bundle, BundleOptions, make_bundle

__all__ = ["Bundle", "BundleOptions", "make_bundle"]
