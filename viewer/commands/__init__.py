"""The commands, one file each: a docstring that is the summary, ``options`` to declare, ``run`` to do."""
