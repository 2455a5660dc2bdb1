"""Feature visualization: the input that excites a channel, a layer, a class or a direction the most."""
