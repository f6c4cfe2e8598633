"""The command line: one module a command, and what the commands share.

``main`` loads a command only when it is run, and no module here imports a library that its command does not need. An
input goes through ``read``, which makes a ``source`` of it. ``options`` and ``choices`` say what it is expanded for,
and ``processed`` expands it. Results leave by ``write``, or by ``console`` for people. Problems are ``findings``.

The line of a problem: ``checking/source_map.py`` leads from its path in the processed template to the path of what the
user wrote, and ``source`` knows the line and the column of each path.
"""
