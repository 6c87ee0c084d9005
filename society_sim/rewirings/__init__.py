"""How that changes."""
