"""C types for module.py, which is plain Python and runs without them."""

from autograd cimport value as _value
from autograd.value cimport Value
