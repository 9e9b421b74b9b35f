"""``esapi-bridge study``: compare networks on patients left out of their training."""
