"""Random programs, and what is held against what: the parts of the command `fuzz.py`."""
