"""Maps of many scans: networks and methods run over a table of participants, and statistics of the maps."""
