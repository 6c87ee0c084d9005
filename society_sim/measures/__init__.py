"""From a record to a number."""
