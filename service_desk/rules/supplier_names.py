"""How a supplier's name is kept."""


def clean_name(name: str) -> str:
    """Without NUL, single spaces, none around it."""
    return " ".join(name.replace("\0", "").split())
