"""Small lies about a Python file, one at a time: what tests that mean something must notice."""

import ast
import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass

SWAPS: dict[type[ast.AST], type[ast.AST]] = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot, ast.IsNot: ast.Is,
    ast.And: ast.Or, ast.Or: ast.And,
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.FloorDiv, ast.FloorDiv: ast.Mult, ast.Mod: ast.Add,
    ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd, ast.BitXor: ast.BitOr, ast.LShift: ast.RShift, ast.RShift: ast.LShift,
}  # fmt: skip
SAID_ONLY = ("Example", "Option", "FrameError", "ValueError", "ScaleProtocol", "Span", "Description")


@dataclass(frozen=True, slots=True)
class Mutant:
    """`was` and `became` are the changed expressions: with the file they name it, on whatever line it stands."""

    line: int
    was: str
    became: str
    text: str


def mutants(source: str) -> Iterator[Mutant]:
    """Every mutant of every function and constant; docstrings, annotations, assertions and mere words are left."""
    tree = ast.parse(source)
    spots = list(_spots(tree))
    for number, (node, change) in enumerate(spots):
        twin = copy.deepcopy(tree)
        other, _ = list(_spots(twin))[number]
        was = ast.unparse(node)
        change(other)
        became = ast.unparse(other)
        if became != was:
            yield Mutant(getattr(node, "lineno", 0), was, became, ast.unparse(ast.fix_missing_locations(twin)))


Change = Callable[[ast.AST], None]


def _spots(tree: ast.AST) -> Iterator[tuple[ast.AST, Change]]:
    """In a fixed order, so that a copy of the tree has the same ones."""
    for node in _acting(tree):
        match node:
            case ast.Compare(ops=[op]) if type(op) in SWAPS:
                yield node, _swap_compare
            case ast.BoolOp(op=op) | ast.BinOp(op=op) if type(op) in SWAPS:
                yield node, _swap_op
            case ast.UnaryOp(op=ast.Not()):
                yield node, _drop_not
            case ast.Constant(value=bool()):
                yield node, _negate
            case ast.Constant(value=int()):
                yield node, _one_more
            case ast.Constant(value=bytes() as value) if value:
                yield node, _other_byte
            case ast.If() | ast.IfExp():
                yield node.test, _turn
            case _:
                continue


def _acting(node: ast.AST) -> Iterator[ast.AST]:
    if isinstance(node, ast.Assert | ast.JoinedStr | ast.Import | ast.ImportFrom | ast.arg):
        return
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in SAID_ONLY:
        return
    yield node
    for name, child in ast.iter_fields(node):
        if name in ("annotation", "returns", "decorator_list", "bases"):
            continue
        for one in child if isinstance(child, list) else [child]:
            if isinstance(one, ast.AST):
                yield from _acting(one)


def _swap_compare(node: ast.AST) -> None:
    assert isinstance(node, ast.Compare)
    node.ops = [SWAPS[type(node.ops[0])]()]  # type: ignore[list-item] # the table keeps kinds apart


def _swap_op(node: ast.AST) -> None:
    assert isinstance(node, ast.BoolOp | ast.BinOp)
    node.op = SWAPS[type(node.op)]()  # type: ignore[assignment] # as above


def _drop_not(node: ast.AST) -> None:
    assert isinstance(node, ast.UnaryOp)
    node.op, node.operand = ast.Not(), ast.UnaryOp(ast.Not(), node.operand)


def _negate(node: ast.AST) -> None:
    assert isinstance(node, ast.Constant)
    node.value = not node.value


def _one_more(node: ast.AST) -> None:
    assert isinstance(node, ast.Constant)
    assert isinstance(node.value, int)
    node.value += 1


def _other_byte(node: ast.AST) -> None:
    assert isinstance(node, ast.Constant)
    assert isinstance(node.value, bytes)
    node.value = node.value[:-1] + bytes([node.value[-1] ^ 1])


def _turn(node: ast.AST) -> None:
    """`x` becomes `not x` in place: the node keeps its identity for whoever holds it."""
    inner = copy.copy(node)
    node.__class__ = ast.UnaryOp
    node.__dict__.clear()
    node.__dict__.update(op=ast.Not(), operand=inner)
