"""Feature visualization: the input that excites a channel, a layer, a class or a direction the most."""

METHOD = "feature-visualization"
"""What the provenance of such an image names as its method."""
