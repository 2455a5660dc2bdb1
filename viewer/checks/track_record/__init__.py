"""Track record: how well every method marks sources that are known, over networks of several kinds."""
