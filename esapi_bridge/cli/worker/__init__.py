"""``esapi-bridge worker``: control the process that computes for the scripts in Eclipse."""
