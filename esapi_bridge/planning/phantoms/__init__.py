"""Procedural patients: random but plausible anatomies as planning CTs with structures."""

from esapi_bridge.planning.phantoms.couch import CouchSide
from esapi_bridge.planning.phantoms.phantom import SITES, Phantom, make_phantom
from esapi_bridge.planning.phantoms.site import Site

__all__ = ["SITES", "CouchSide", "Phantom", "Site", "make_phantom"]
