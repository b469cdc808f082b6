"""What is taken for an operation's value, or for its derivative: one line a slip.

Words that begin with "rare:" are of an unlikely slip.

An expression is written as in the table of rules (`autograd.rules`): in its parameters, with `y`
for the operation's own, right value. In the words {f} stands for what the number is called.
"""

from __future__ import annotations

__all__ = ["DERIVATIVES", "VALUES"]

LEFT_OUT = "factor left out"
OTHER = "another function"
SIGN = "sign flipped"

Lines = dict[str, list[tuple[str, str, str]]]

# fmt: off
VALUES: Lines = {
    # operation: (kind, what is computed, how it is said)
    "sigmoid": [
        (LEFT_OUT, "x", "the activation sigmoid is forgotten: {x} is used where {y} belongs"),
        ("factor used twice", "sigmoid(y)", "the activation sigmoid is used twice"),
        (OTHER, "tanh(x)", "tanh is taken for σ"),
        (SIGN, "1 - y", "the sign is flipped in the exponent: σ(−z) is taken for σ(z)"),
        (OTHER, "relu(x)", "rare:relu is taken for σ"),
        (OTHER, "y * (1 - y)", "rare:σ′ is taken for σ"),
        (OTHER, "1 / (1 + y)", "rare:1/(1 + σ) is taken for σ"),
        (OTHER, "exp(x)", "eᶻ is taken for σ(z): the denominator is left out"),
        (OTHER, "exp(x) / (1 - exp(x))", "rare:minus is taken for plus in the denominator"),
    ],
    "tanh": [
        (LEFT_OUT, "x", "the activation tanh is forgotten: {x} is used where {y} belongs"),
        ("factor used twice", "tanh(y)", "the activation tanh is used twice"),
        (OTHER, "sigmoid(x)", "σ is taken for tanh"),
        (OTHER, "sigmoid(2 * x)", "σ(2z) is taken for tanh(z)"),
        (OTHER, "relu(x)", "rare:relu is taken for tanh"),
        (OTHER, "1 - y * y", "rare:tanh′ is taken for tanh"),
    ],
    "relu": [
        (LEFT_OUT, "x", "the activation relu is forgotten: {x} is used where {y} belongs"),
        (OTHER, "0 * x", "0 is taken where the neuron is on"),
        (SIGN, "-x", "the sign is flipped by relu"),
        (SIGN, "relu(-x)", "the sign is flipped before relu"),
        (OTHER, "sigmoid(x)", "σ is taken for relu"),
    ],
    "softplus": [
        (LEFT_OUT, "x", "the activation softplus is forgotten: {x} is used where {y} belongs"),
        ("factor used twice", "softplus(y)", "the activation softplus is used twice"),
        (OTHER, "sigmoid(x)", "its derivative σ is taken for softplus"),
        (OTHER, "exp(x)", "log(1 + …) is left out"),
        (OTHER, "1 + exp(x)", "the logarithm is left out"),
        (SIGN, "softplus(-x)", "the sign is flipped before softplus"),
        (OTHER, "relu(x)", "relu is taken for softplus"),
    ],
    "exp": [
        (LEFT_OUT, "x", "exp is left out"),
        (SIGN, "exp(-x)", "the sign of the exponent is flipped"),
        (OTHER, "1 + x", "1 + x is taken for eˣ"),
        (OTHER, "10 ** x", "10ˣ is taken for eˣ"),
        (OTHER, "-exp(x)", "rare:a minus sign is put before exp"),
        (OTHER, "2.718281828459045 * x", "rare:e·x is taken for eˣ"),
    ],
    "log": [
        ("log to base 10", "log10(x)", "log to base 10 is taken for the natural logarithm"),
        ("log to base 10", "log10(x) / log10(2)", "log to base 2 is taken for the natural one"),
        (LEFT_OUT, "x", "the logarithm is left out"),
        (OTHER, "1 / x", "1/x, its derivative, is taken for the logarithm"),
        (OTHER, "log(1 - x)", "log(1 − p) is taken for log(p): the other class"),
        (SIGN, "-y", "the sign of the logarithm is flipped"),
        (OTHER, "log(1 + x)", "rare:log(1 + x) is taken for log(x)"),
    ],
    "sqrt": [
        ("root forgotten", "x", "the square root is forgotten"),
        (OTHER, "x / 2", "half is taken for the square root"),
        (OTHER, "x * x", "the square is taken for the square root"),
        (OTHER, "1 / y", "1/√ is taken for √: it is turned upside down"),
    ],
    "sin": [
        ("cos for sin", "cos(x)", "cos is taken for sin"),
        ("degrees", "sin(x * pi / 180)", "sin is taken in degrees"),
        (LEFT_OUT, "x", "sin is left out: {x} is used where {y} belongs"),
        (SIGN, "-y", "the sign of sin is flipped"),
    ],
    "cos": [
        ("cos for sin", "sin(x)", "sin is taken for cos"),
        ("degrees", "cos(x * pi / 180)", "cos is taken in degrees"),
        (LEFT_OUT, "x", "cos is left out: {x} is used where {y} belongs"),
        (SIGN, "-y", "the sign of cos is flipped"),
    ],
    "tan": [
        ("degrees", "tan(x * pi / 180)", "tan is taken in degrees"),
        (OTHER, "1 / y", "cot is taken for tan"),
    ],
    "abs": [
        (LEFT_OUT, "x", "the bars are forgotten: the sign is kept"),
        (OTHER, "x * x", "the square is taken for the absolute value"),
    ],
    "**": [
        ("power rule", "a", "the power {b} is forgotten"),
        ("power rule", "a * b", "a·b is taken for the power aᵇ"),
        (OTHER, "b * power(a, b - 1)", "the derivative of the power is taken for it"),
        (OTHER, "absolute(a)", "the absolute value is taken for the square"),
        (OTHER, "power(absolute(a), 0.5)", "the root is taken for the square"),
        (OTHER, "power(a, -b)", "the sign of the exponent is flipped"),
        (OTHER, "power(b, a)", "rare:base and exponent of the power are swapped"),
        (OTHER, "power(a, b - 1)", "rare:the power {b} − 1 is taken for {b}"),
        (OTHER, "power(a, b + 1)", "rare:the power {b} + 1 is taken for {b}"),
        ("simple for compound", "1 + b * (a - 1)",
         "simple for compound: 1 + n·i is taken for the power (1 + i)ⁿ"),
    ],
    "/": [
        ("ratio turned round", "b / a", "the ratio is turned round: it stands upside down"),
        (OTHER, "a * b", "multiplied, not divided"),
        (OTHER, "a - b", "rare:subtracted, not divided"),
    ],
    "-": [
        (SIGN, "a + b", "plus is taken for minus: the sign of {b} is flipped"),
        (SIGN, "b - a", "the difference is turned round: the sign is flipped"),
        (OTHER, "a * b", "rare:the product is taken for the difference"),
    ],
    "+": [
        (SIGN, "a - b", "minus is taken for plus: the sign of {b} is flipped"),
        (SIGN, "b - a", "the sign of {a} is flipped"),
        (OTHER, "a * b", "the product is taken for the sum"),
    ],
    "*": [
        (OTHER, "a + b", "the sum is taken for the product"),
        (OTHER, "a / b", "divided, not multiplied, by {b}"),
        (OTHER, "b / a", "divided, not multiplied, by {a}"),
        (OTHER, "a - b", "rare:the difference is taken for the product"),
    ],
    "maximum": [
        (OTHER, "minimum(a, b)", "the smaller one is taken, not the larger (min for max)"),
        (LEFT_OUT, "a", "max is left out: {a} is taken, the other branch"),
        (LEFT_OUT, "b", "max is left out: {b} is taken, the other branch"),
    ],
    "minimum": [
        (OTHER, "maximum(a, b)", "the larger one is taken, not the smaller (max for min)"),
        (LEFT_OUT, "a", "min is left out: {a} is taken, the other branch"),
        (LEFT_OUT, "b", "min is left out: {b} is taken, the other branch"),
    ],
    "where": [
        (OTHER, "where(c > 0, b, a)", "the other branch is taken"),
    ],
    "expm1": [(OTHER, "exp(x)", "the − 1 is left out"), (LEFT_OUT, "x", "exp is left out")],
    "log1p": [
        (OTHER, "log(x)", "the 1 + is left out"),
        ("log to base 10", "log10(1 + x)", "log to base 10 is taken for the natural logarithm"),
    ],
}
"""What is taken for an operation's value."""

DERIVATIVES: dict[tuple[str, int], list[tuple[str, str, str]]] = {
    # (operation, by which parameter): (kind, what is computed, how it is said)
    ("sigmoid", 0): [
        (OTHER, "sigmoid(y) * (1 - sigmoid(y))", "σ′ is taken at a, not at z: σ(a)(1 − σ(a))"),
        (LEFT_OUT, "y", "the factor (1 − {y}) of {f} is left out: a is taken for a(1 − a)"),
        (LEFT_OUT, "1 - y", "the factor {y} of {f} is left out: 1 − a is taken for a(1 − a)"),
        (OTHER, "x * (1 - x)", "σ′ is taken of z: z(1 − z) for a(1 − a)"),
        (OTHER, "1 - y * y", "tanh's rule is used for σ: 1 − a² for a(1 − a)"),
        (SIGN, "y * (1 + y)", "a(1 + a) for a(1 − a)"),
        (OTHER, "y * y", "a² for a(1 − a)"),
        (OTHER, "sigmoid(x * (1 - x))", "rare:σ(z(1 − z)) for a(1 − a)"),
        (OTHER, "1 - x * x", "rare:1 − z² for a(1 − a)"),
        (LEFT_OUT, "(1 - y) * (1 - y)", "(1 − a)² for a(1 − a)"),
        (OTHER, "exp(-x)", "rare:e⁻ᶻ for a(1 − a)"),
        (OTHER, "-y * y", "rare:−a² for a(1 − a)"),
        (OTHER, "y - y ** 3", "rare:a(1 − a²) for a(1 − a): a square too many"),
    ],
    ("tanh", 0): [
        (OTHER, "1 - y", "1 − h for 1 − h²: the square is forgotten"),
        (OTHER, "1 - tanh(y) ** 2", "tanh′ is taken at a, not at z: 1 − tanh²(h)"),
        (OTHER, "1 - x * x", "tanh′ is taken of z: 1 − z² for 1 − h²"),
        (OTHER, "y * (1 - y)", "σ's rule is used for tanh: h(1 − h) for 1 − h²"),
        (SIGN, "1 + y * y", "the sign is flipped: 1 + h² for 1 − h²"),
        (OTHER, "y * y", "h² for 1 − h²"),
        (OTHER, "y", "h for 1 − h²"),
        (OTHER, "(1 - y) ** 2", "(1 − h)² for 1 − h²: the square is of the difference"),
        (SIGN, "y * y - 1", "the sign is flipped: h² − 1 for 1 − h²"),
        (OTHER, "x * (1 - x)", "rare:z(1 − z) for 1 − h²"),
        (OTHER, "-2 * y", "−2h for 1 − h²"),
        (OTHER, "1 - x", "rare:1 − z for 1 − h²"),
    ],
    ("relu", 0): [
        (OTHER, "1 + 0 * x", "relu′ = 1 is taken where the neuron is off: its slope is left out"),
        (OTHER, "0 * x", "relu′ = 0 is taken where the neuron is on"),
        (OTHER, "x", "z is taken for relu′"),
        (OTHER, "y", "the value is taken for relu′"),
    ],
    ("softplus", 0): [
        (OTHER, "y * (1 - y)", "σ's rule is used for softplus: a(1 − a) for σ(z)"),
        (OTHER, "sigmoid(x) * (1 - sigmoid(x))", "rare:σ′ is taken for σ"),
        (OTHER, "exp(x)", "eᶻ for σ(z)"),
        (OTHER, "1 / (1 + exp(x))", "1/(1 + eᶻ) for σ(z)"),
        (OTHER, "sigmoid(y)", "σ is taken at a, not at z"),
        (OTHER, "1 - y * y", "tanh's rule is used for softplus"),
    ],
    ("exp", 0): [
        (LEFT_OUT, "1 + 0 * x", "the factor {f} = {y} is left out"),
        ("power rule", "x * exp(x - 1)", "the power rule is used for eˣ"),
        (OTHER, "x", "the exponent is taken for eˣ: exp is left out"),
        (OTHER, "exp(-x)", "the sign of the exponent is flipped"),
    ],
    ("log", 0): [
        ("one over", "x", "y for 1/y: it stands upside down"),
        (OTHER, "1 / x ** 2", "1/x² for 1/x: a square too many"),
        (OTHER, "-1 / x ** 2", "−1/x², the derivative of 1/x, for 1/x"),
        (OTHER, "y", "the logarithm is taken for its derivative"),
        (OTHER, "1 / y", "1/log(x) for 1/x"),
        (OTHER, "1 / (1 - x)", "1/(1 − p) for 1/p: the other class"),
        ("log to base 10", "0.4342944819032518 / x", "the derivative of log to base 10"),
    ],
    ("sqrt", 0): [
        ("one over", "2 * y", "2√ for 1/(2√): it stands upside down"),
        ("wrong multiple", "1 / y", "the ½ of 1/(2√) is forgotten: a factor 2 too many"),
        (OTHER, "y / 2", "√/2 for 1/(2√)"),
        ("root forgotten", "1 / (2 * x)", "1/(2x) for 1/(2√x): the root is forgotten"),
        (OTHER, "y", "the root is taken for its derivative"),
        (SIGN, "-1 / (2 * y)", "the sign is flipped: −1/(2√)"),
    ],
    ("sin", 0): [
        (SIGN, "-cos(x)", "the sign is flipped: −cos for cos, the derivative of sin"),
        ("cos for sin", "sin(x)", "sin is taken for cos, its derivative"),
        ("cos for sin", "-sin(x)", "−sin is taken for cos, the derivative of sin"),
        ("degrees", "cos(x * pi / 180)", "cos is taken in degrees"),
        (OTHER, "cos(y)", "cos is taken at sin x, not at x"),
    ],
    ("cos", 0): [
        (SIGN, "sin(x)", "the sign is flipped: sin for −sin, the derivative of cos"),
        ("cos for sin", "cos(x)", "cos is taken for −sin, its derivative"),
        ("cos for sin", "-cos(x)", "−cos is taken for −sin, the derivative of cos"),
        ("degrees", "-sin(x * pi / 180)", "sin is taken in degrees"),
        ("degrees", "sin(x * pi / 180)", "sin is taken in degrees, and its sign is flipped"),
        (OTHER, "-sin(y)", "sin is taken at cos x, not at x"),
    ],
    ("abs", 0): [
        (LEFT_OUT, "1 + 0 * x", "the sign of {x} is forgotten"),
        (OTHER, "x", "{x} is taken for its sign"),
        (OTHER, "2 * x", "the square's rule is used for the absolute value"),
    ],
    ("**", 0): [
        ("power rule", "power(a, b - 1)",
         "power rule without the factor {b}: a 2 (or n) is forgotten, a factor ½ too many"),
        ("power rule", "b * power(a, b)", "power rule: the exponent is not lowered"),
        ("power rule", "power(a, b)", "the power itself is taken for its derivative"),
        ("base forgotten", "b + 0 * a", "power rule: the base is forgotten, its power left out"),
        ("power rule", "(b - 1) * power(a, b - 1)", "power rule: the factor n − 1 for n"),
        ("power rule", "b * a", "power rule: b·a, the power n − 1 is left out"),
        ("power rule", "(b - 1) * power(a, b)", "rare:power rule: factor and exponent are swapped"),
        ("power rule", "b * power(a, b + 1)", "rare:power rule: the exponent is raised"),
        ("power rule", "power(a, b) / b", "rare:power rule: divided, not multiplied, by {b}"),
        (OTHER, "y * log(a)", "rare:the rule of aˣ is used for the power"),
    ],
    ("**", 1): [
        (LEFT_OUT, "y", "the factor log(a) of the power's derivative is left out"),
        ("log to base 10", "y * log10(a)", "log to base 10 is taken for the natural logarithm"),
        ("power rule", "b * power(a, b - 1)", "the power rule is used for aˣ"),
        (LEFT_OUT, "log(a)", "the factor aᵇ of the power's derivative is left out"),
    ],
    ("/", 0): [
        ("one over", "b", "b for 1/b: multiplied, not divided"),
        (LEFT_OUT, "1 + 0 * b", "the factor 1/{b} is left out"),
        (OTHER, "1 / (b * b)", "1/b² for 1/b: a square too many"),
    ],
    ("/", 1): [
        ("square forgotten", "-a / b", "the square of the denominator is forgotten"),
        (SIGN, "a / (b * b)", "the sign is flipped: the minus of −a/b² is forgotten"),
        (LEFT_OUT, "-1 / (b * b)", "the factor {a}, the numerator of −a/b², is left out"),
        (OTHER, "1 / (b * b)", "the numerator and the sign of −a/b² are left out"),
        (OTHER, "a / b", "the square and the sign of −a/b² are forgotten"),
        (OTHER, "1 / b", "1/b for −a/b²"),
        (OTHER, "a", "a for −a/b²: a is treated as the factor of b"),
        (LEFT_OUT, "-a", "the denominator of −a/b² is left out"),
    ],
    ("maximum", 0): [
        (OTHER, "where(a < b, 1, 0)", "the other branch's derivative is taken"),
        (LEFT_OUT, "1 + 0 * a", "1 is taken where the branch is off"),
    ],
    ("maximum", 1): [
        (OTHER, "where(a > b, 1, 0)", "the other branch's derivative is taken"),
        (LEFT_OUT, "1 + 0 * a", "1 is taken where the branch is off"),
    ],
    ("minimum", 0): [
        (OTHER, "where(a > b, 1, 0)", "the other branch's derivative is taken"),
        (LEFT_OUT, "1 + 0 * a", "1 is taken where the branch is off"),
    ],
    ("minimum", 1): [
        (OTHER, "where(a < b, 1, 0)", "the other branch's derivative is taken"),
        (LEFT_OUT, "1 + 0 * a", "1 is taken where the branch is off"),
    ],
    ("where", 1): [
        (OTHER, "where(c > 0, 0, 1)", "the other branch's derivative is taken"),
    ],
    ("where", 2): [
        (OTHER, "where(c > 0, 1, 0)", "the other branch's derivative is taken"),
    ],
}
"""What is taken for an operation's derivative by one of its parameters."""
# fmt: on
