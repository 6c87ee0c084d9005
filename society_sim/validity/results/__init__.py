"""The rows, by subject; every module here is looked through."""
