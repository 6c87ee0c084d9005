"""Marks that come with the package; each file has one."""
