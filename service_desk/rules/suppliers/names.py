"""How a supplier's name is kept."""


def clean_name(name: str) -> str:
    """With single spaces, and none around it."""
    return " ".join(name.split())
