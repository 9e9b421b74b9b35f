"""How the beam models were made: kernel Monte Carlo, fits to published beam data, validation."""

from dosenet.threads import wait_passively

# For the programs of this package, such as `python -m esapi_bridge.planning.commission.validate`.
wait_passively()
