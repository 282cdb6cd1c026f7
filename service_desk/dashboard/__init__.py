"""How the desk stands at this moment, and who was told of what."""
