"""Photon beam physics of the planning system."""

from esapi_bridge.planning.physics.beam_model import BeamModel, load_beam_model
from esapi_bridge.planning.physics.collapsed_cone import collapsed_cone
from esapi_bridge.planning.physics.pencil_beam import pencil_beam

__all__ = ["BeamModel", "collapsed_cone", "load_beam_model", "pencil_beam"]
