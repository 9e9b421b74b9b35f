"""``esapi-bridge scripts``: install the scripts that run inside Eclipse."""
