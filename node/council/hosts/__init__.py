"""When a host changes or falls silent, when keys change, and when a node was away."""
