"""What is to be settled."""
