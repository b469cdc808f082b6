r"""A formula or network of one's own, written as text.

    x = 0.5932        input          # a name and a number; a word says what it is for
    w = 0.40          parameter
    b = 0.60
    t = 0.01          target
    y = sigmoid(w*x + b)             # a name and a formula
    E = 1/2 (t - y)^2

`tokens` splits the text into words and signs, `parser` makes statements of them, `formulas` has
what a formula is, `vocabulary` the functions that it may call, `building` makes the graph, in which
`arrays` are shorthand for many scalars; `writing` goes the way back, and `problem` is what the user
is given.

The parser is our own, some hundred lines of recursive descent to a fixed depth, and not `lark` or
Python's `ast` after a tokenizer. A space between two factors is a product unless the first is the
name of a function, `w^1` is one name where the text defines it, a space separates the entries of a
vector: what a token is depends on its neighbours and on the rest of the text, which a grammar of
`lark` says only with callbacks of this size. And errors are for learners: they name what was
expected at the place in words, where a generated parser lists terminals and `ast` marks a
place in a rewritten text. Nothing is ever handed to `eval`.
"""

from autograd.problems.problem import Problem, problem

__all__ = ["Problem", "problem"]
