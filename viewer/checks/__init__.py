"""Can this map be believed? Checks of maps, and maps compared."""
