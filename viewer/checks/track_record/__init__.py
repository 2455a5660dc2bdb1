"""Track record: how well each method marks known sources, over networks of several kinds."""
