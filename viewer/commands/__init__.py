"""The commands, one file each: its docstring is its summary, ``options`` says what it takes, ``run`` does it."""
