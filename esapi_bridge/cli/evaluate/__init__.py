"""``esapi-bridge evaluate``: measure networks on cases they have not seen."""
