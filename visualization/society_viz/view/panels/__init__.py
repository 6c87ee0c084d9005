"""The panels that come with the page."""
