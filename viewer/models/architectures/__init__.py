"""The networks that are known by name, so that a file of bare weights is enough."""
