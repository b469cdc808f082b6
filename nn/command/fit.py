"""`whygrad fit`: train a network on a person's CSV, and derive one of its weights."""

from __future__ import annotations

import argparse
import os
import sys
import time
from typing import Any

import nn
from autograd import Value
from autograd.derivation import derive
from autograd.errors import ArgumentError
from nn.command.csv_table import Table, read_csv
from nn.command.options import count, points, rate, share
from nn.data.reading import shown
from nn.data.schema import Schema
from nn.layers import ACTIVATIONS
from nn.losses import LOSSES
from nn.optimizers import OPTIMIZERS
from nn.optional import require
from nn.training.data import held_out

PLOTS = (".png", ".svg", ".pdf")
OUTPUTS = {"binary_cross_entropy": "sigmoid", "cross_entropy": "softmax"}
_LARGE = 10.0  # inputs beyond this saturate neurons from the start
DESCRIPTION = """\
Train a network on the rows of a CSV file, whose first line names the columns. Every column but the
target is an input, unless --inputs says which.
"""


def add(commands: Any) -> None:
    """Add the subcommand."""
    parser = commands.add_parser(
        "fit", help="train a network on a table of your own", description=DESCRIPTION
    )
    add = parser.add_argument
    add("table", help="the CSV file")
    add("--target", required=True, metavar="COLUMN", help="the column to predict")
    add("--inputs", nargs="+", metavar="COLUMN", help="the columns to predict it from")
    add(
        "--hidden",
        nargs="*",
        type=count("neurons", 100_000),
        default=[8],
        metavar="N",
        help="neurons a hidden layer",
    )
    add("--activation", choices=ACTIVATIONS, default="tanh", help="of the hidden layers")
    add("--loss", choices=LOSSES, help="by default as the target needs: numbers or classes")
    add(
        "--standardize",
        action="store_true",
        help="inputs, and targets that are numbers, to mean 0 and deviation 1",
    )
    add(
        "--epochs",
        type=count("epochs"),
        default=200,
        metavar="N",
        help="passes over the data (200)",
    )
    add(
        "--batch-size", type=count("rows"), metavar="N", help="rows a step (32, or all where fewer)"
    )
    add("--optimizer", choices=OPTIMIZERS, default="adam", help="(adam)")
    add("--learning-rate", type=rate, default=0.01, metavar="RATE", help="(0.01)")
    add("--l2", type=points, default=0.0, metavar="STRENGTH", help="penalty on large weights")
    add("--validation", type=share, metavar="SHARE", help="of the rows to judge by, held out")
    add("--seed", type=int, default=0, metavar="N", help="of weights, batches, held-out rows (0)")
    add("--save", metavar="FILE", help="write the model, for nn.load(FILE)")
    add("--plot", metavar="FILE", help="write the loss curve, as .png, .svg or .pdf")
    add("--derive", metavar="WEIGHT", help="show one weight's derivation on row 1, as w_11")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> str:
    """Train as the options say, and report."""
    table = read_csv(options.table, options.target, options.inputs)
    loss = options.loss or _loss_for(table)
    model = _network(table, loss, options)
    _check_files(options)
    weight = _weight(model, options.derive) if options.derive else None
    kept, held = _split(table, options)
    if options.batch_size is not None and options.batch_size > len(kept):
        raise ArgumentError(f"--batch-size {options.batch_size} is more than the {len(kept)} rows")
    started = time.perf_counter()
    history = nn.fit(
        model,
        _Frame(table.inputs, [table.rows[i] for i in kept]),
        _Frame((table.target,), [[table.labels[i]] for i in kept]),
        loss=loss,
        optimizer=OPTIMIZERS[options.optimizer](options.learning_rate),
        epochs=options.epochs,
        batch_size="auto" if options.batch_size is None else options.batch_size,
        validation=([table.rows[i] for i in held], [table.labels[i] for i in held])
        if held
        else None,
        standardize=options.standardize,
        standardize_targets=options.standardize and loss.endswith("error"),
        l2=options.l2,
        seed=options.seed,
        progress=sys.stderr is not None and sys.stderr.isatty(),
    )
    seconds = time.perf_counter() - started
    blocks = [_head(table, model, loss, kept, held), f"{history}\n({seconds:.1f} s)"]
    blocks.append(_judged(model, table, held or kept, "held out" if held else "trained on"))
    if options.save:
        model.save(options.save)
        blocks.append(f'saved: {options.save} (load it with nn.load("{options.save}"))')
    if options.plot:
        history.plot().savefig(options.plot)
        blocks.append(f"loss curve: {options.plot}")
    if weight is not None:
        blocks.append(_derived(model, table, loss, weight))
    return "\n\n".join(blocks)


class _Frame:
    """Rows with named columns, as `fit` takes a pandas frame."""

    def __init__(self, columns: tuple[str, ...], rows: list[list[Any]]):
        self.columns, self.rows = columns, rows

    def itertuples(self, index: bool, name: str | None) -> list[tuple[Any, ...]]:
        return [tuple(row) for row in self.rows]


# Before the training


def _loss_for(table: Table) -> str:
    classes = set(table.labels)
    if isinstance(table.labels[0], str):
        return "binary_cross_entropy" if len(classes) == 2 else "cross_entropy"
    return "binary_cross_entropy" if classes == {0, 1} else "mean_squared_error"


def _network(table: Table, loss: str, options: argparse.Namespace) -> nn.MLP:
    n_out = len(set(table.labels)) if loss.startswith("cross") else 1
    return nn.MLP(
        len(table.inputs),
        [*options.hidden, n_out],
        options.activation,
        OUTPUTS.get(loss, "linear"),
        seed=options.seed,
    )


def _check_files(options: argparse.Namespace) -> None:
    """A missing folder or library is an error before the training, not after it."""
    for path in (options.save, options.plot):
        folder = os.path.dirname(path or "") or "."
        if not os.path.isdir(folder):
            raise ArgumentError(f"there is no folder {folder!r} to write {path} to")
        if path is not None and os.path.isdir(path):
            raise ArgumentError(f"{path} is a folder: give the name of a file")
    if options.plot:
        if not options.plot.lower().endswith(PLOTS):
            raise ArgumentError(f"--plot writes {', '.join(PLOTS)} files, not {options.plot}")
        try:
            require("matplotlib", "plot", "--plot")
        except ImportError as error:
            raise ArgumentError(str(error)) from error


def _weight(model: nn.MLP, name: str) -> Value:
    """The parameter of that label; without a layer it is the first layer's."""
    by_label = {p.label: p for p in model.parameters()}
    for label in (name, f"{name}^1"):
        if label in by_label:
            return by_label[label]
    known = shown([str(label) for label in by_label])
    raise ArgumentError(f"the network has no weight {name!r}: it has {known}")


def _split(table: Table, options: argparse.Namespace) -> tuple[list[int], list[int]]:
    """The numbers of the rows to train on and to hold out."""
    held = held_out(options.validation, len(table.rows), options.seed)
    return [i for i in range(len(table.rows)) if i not in held], sorted(held)


# After it


def _head(table: Table, model: nn.MLP, loss: str, kept: list[int], held: list[int]) -> str:
    widths = "-".join([str(n) for n in [model.n_in, *[len(la.neurons) for la in model.layers]]])
    names = ", ".join([layer.activation_name for layer in model.layers])
    schema = model.schema
    kind = ""
    if schema is not None and schema.classes is not None:
        kind = f" (classes {shown([str(c) for c in schema.classes])})"
    largest = max(abs(x) for row in table.rows for x in row)
    hint = ""
    if largest > _LARGE and (schema is None or schema.means is None):
        hint = f"\nhint     the inputs reach {largest:g}: with --standardize they are learnt better"
    rows = f"{len(kept)} rows" + (f", and {len(held)} held out" if held else "")
    return (
        f"data     {rows}; inputs {shown(table.inputs)}; target {table.target}{kind}\n"
        f"network  {widths} ({names}), {len(model.parameters())} parameters; loss {loss}{hint}"
    )


def _judged(model: nn.MLP, table: Table, rows: list[int], which: str) -> str:
    """R², or accuracy and the confusion matrix, on these rows of the table."""
    targets = [table.labels[i] for i in rows]
    predictions = model.predict([table.rows[i] for i in rows])
    schema = model.schema or Schema()
    if schema.is_regression:
        score = nn.r2_score(targets, predictions)
        return f"R² = {score:.4g} on the {len(rows)} rows {which}"
    share = nn.accuracy(targets, predictions)
    matrix = nn.confusion_matrix(targets, predictions, schema.classes)
    return f"accuracy {share:.4g} on the {len(rows)} rows {which}\n\n{matrix}"


def _derived(model: nn.MLP, table: Table, loss: str, weight: Value) -> str:
    """The derivation of the trained weight's gradient on the first row of the table."""
    schema = model.schema
    assert schema is not None  # fit has set it
    row = schema.encoded_rows(table.rows[:1])[0]
    target = schema.encoded_targets(table.labels[:1])[0]
    taken = {p.label for p in model.parameters()} | {"y", "L"}
    names = [n if n not in taken else f"x_{j}" for j, n in enumerate(table.inputs, 1)]
    inputs = [Value(x, name) for x, name in zip(row, names, strict=True)]
    # the number of a class is an index, not a number of the formula
    y = target if isinstance(target, list) or loss.startswith("cross") else Value(target, "y")
    root = LOSSES[loss](model(inputs), y)
    scaled = ", standardised" if schema.means is not None else ""
    head = f"∂L/∂{weight.label} for row 1{scaled}"
    try:
        return f"{head}:\n\n{derive(root, weight)}"
    except ArithmeticError as error:
        return f"{head} has no derivation: {error}"
