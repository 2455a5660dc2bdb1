"""What is shown, as plain data that can be kept, restored and undone."""
