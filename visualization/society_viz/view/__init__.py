"""Societies in the browser: runs that go on and runs that are recorded, watched alike."""
