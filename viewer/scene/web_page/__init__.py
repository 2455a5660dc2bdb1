"""A scan and its maps as one self-contained HTML page: the box, linked slices, clusters and provenance."""
