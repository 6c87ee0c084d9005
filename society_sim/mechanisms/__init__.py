"""How something is settled."""
