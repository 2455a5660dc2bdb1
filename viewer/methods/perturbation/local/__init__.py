"""Running again only what a change of a part of the input can reach."""
