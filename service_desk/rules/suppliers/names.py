"""The form in which suppliers' names are stored."""


def clean_name(name: str) -> str:
    """Without surrounding or repeated spaces."""
    return " ".join(name.split())
