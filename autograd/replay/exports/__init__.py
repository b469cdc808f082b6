"""A tape written down in another language, from its single operations (`replay.flat`).

`writing` makes statements of them in a `Dialect`; `c`, `numpy_module` and `jax_function` say what
stands around these. `native` has the C compiled and runs it. What an operation is in another
language comes from the rule table: a function of that language, or the rule's own expression.
"""
