"""``esapi-bridge models``: the installed networks, from their cards alone, and the site's approvals of them."""
