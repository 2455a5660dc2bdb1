"""Session state as plain data: saved, restored and undone."""
