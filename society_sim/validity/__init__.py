"""The validity suite: known results of the literature that ordinary runs must reproduce.

Each row is a function over an ordinary scenario; each has mutants, deliberate mistakes that must turn it red. A check
that nobody has seen fail proves nothing.
"""
