"""Fields of a plan, by technique of delivery."""
