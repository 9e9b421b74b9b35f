"""Photon beam physics of the stand-in planning system."""

from esapi_bridge.mock.physics.beam_model import BeamModel, load_beam_model
from esapi_bridge.mock.physics.collapsed_cone import collapsed_cone
from esapi_bridge.mock.physics.pencil_beam import pencil_beam

__all__ = ["BeamModel", "collapsed_cone", "load_beam_model", "pencil_beam"]
