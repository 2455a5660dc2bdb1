"""Main window (Qt): widgets only, no computation."""
