"""What a declaration expands to: one pure builder an AWS thing.

Each takes a Plan and gives a resource, or a part of one.
"""
