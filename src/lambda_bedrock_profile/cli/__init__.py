"""The command line: one module a command, and what the commands share.

``main`` loads a command only when it is run, and no module here imports a library that its command does not need.
"""
