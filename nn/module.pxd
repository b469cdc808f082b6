"""C types for base.py, which is plain Python and runs without them."""

from autograd.value cimport Value
