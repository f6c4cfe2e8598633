"""A function whose code is a file."""


def handler(event: object, context: object) -> str:
    """Answer."""
    return "hello"
