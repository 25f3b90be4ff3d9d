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
CALLS = {"min": "max", "max": "min", "any": "all", "all": "any"}
SAID_ONLY = ("Example", "Option", "FrameError", "ValueError", "ScaleProtocol", "Span", "Description")
NEGATED = (ast.Eq, ast.NotEq, ast.In, ast.NotIn, ast.Is, ast.IsNot)  # their swap is their contrary already

Change = Callable[[ast.AST], None]


@dataclass(frozen=True, slots=True)
class Mutant:
    """One change to one file. `name` tells it without a line number, so that it keeps its name.

    `lines` are the first and last line of the statement it acts in; `in_function` whether that runs at a call only.
    """

    number: int
    name: str
    lines: tuple[int, int]
    in_function: bool


@dataclass(frozen=True, slots=True)
class _Spot:
    node: ast.AST
    change: Change
    owner: str
    statement: ast.stmt
    in_function: bool


def mutants(source: str) -> Iterator[Mutant]:
    """Every mutant of every function and constant; docstrings, annotations, assertions and mere words are left."""
    seen: dict[str, int] = {}
    for number, spot in enumerate(_spots(ast.parse(source))):
        twin = copy.deepcopy(spot.node)
        spot.change(twin)
        was, became = ast.unparse(spot.node), ast.unparse(twin)
        if was == became:
            continue
        name = f"{spot.owner or 'module'}: {was} -> {became}"
        seen[name] = count = seen.get(name, 0) + 1
        name += f" #{count}" if count > 1 else ""
        yield Mutant(number, name, _lines(spot.statement), spot.in_function)


def changed(source: str, number: int) -> ast.Module:
    """The tree of the file with this change in it, every line where it was."""
    tree = ast.parse(source)
    spot = list(_spots(tree))[number]
    spot.change(spot.node)
    return ast.fix_missing_locations(tree)


def _lines(statement: ast.stmt) -> tuple[int, int]:
    body = getattr(statement, "body", None)
    end = body[0].lineno - 1 if body else statement.end_lineno
    return statement.lineno, max(statement.lineno, end or 0)


def _spots(tree: ast.Module) -> Iterator[_Spot]:
    """In a fixed order, so that another parse of the same text has the same ones."""
    for statement in tree.body:
        yield from _inside(statement, statement, "", in_function=False)


def _inside(node: ast.AST, statement: ast.stmt, owner: str, *, in_function: bool) -> Iterator[_Spot]:
    if isinstance(node, ast.Assert | ast.JoinedStr | ast.Import | ast.ImportFrom | ast.arg):
        return
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in SAID_ONLY:
        return
    statement = node if isinstance(node, ast.stmt) else statement
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        owner = f"{owner}.{node.name}".lstrip(".")
    for at, change in _changes(node):
        yield _Spot(at, change, owner, statement, in_function)
    for name, child in ast.iter_fields(node):
        if name in ("annotation", "returns", "decorator_list", "bases", "type_params"):
            continue
        called = in_function or (name == "body" and isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))
        for one in child if isinstance(child, list) else [child]:
            if isinstance(one, ast.AST):
                yield from _inside(one, statement, owner, in_function=called)


def _changes(node: ast.AST) -> Iterator[tuple[ast.AST, Change]]:
    match node:
        case ast.Compare(ops=ops):
            for place, op in enumerate(ops):
                if type(op) in SWAPS:
                    yield node, _swap_compare(place)
        case ast.BoolOp(op=op) | ast.BinOp(op=op) if type(op) in SWAPS:
            yield node, _swap_op
        case ast.UnaryOp(op=ast.Not()):
            yield node, _drop_not
        case ast.Constant(value=bool() | int() | bytes() as value) if value != b"":
            yield node, _another_value
        case ast.Call(func=ast.Name(id=name)) if name in CALLS:
            yield node, _swap_call
        case ast.If(test=test) | ast.IfExp(test=test) if not _has_contrary(test):
            yield test, _turn


def _has_contrary(test: ast.AST) -> bool:
    match test:
        case ast.UnaryOp(op=ast.Not()):
            return True
        case ast.Compare(ops=[one]):
            return isinstance(one, NEGATED)
    return False


def _swap_compare(place: int) -> Change:
    def change(node: ast.AST) -> None:
        assert isinstance(node, ast.Compare)
        node.ops[place] = SWAPS[type(node.ops[place])]()  # type: ignore[call-overload] # the table keeps kinds apart

    return change


def _swap_op(node: ast.AST) -> None:
    assert isinstance(node, ast.BoolOp | ast.BinOp)
    node.op = SWAPS[type(node.op)]()  # type: ignore[assignment] # as above


def _swap_call(node: ast.AST) -> None:
    assert isinstance(node, ast.Call)
    assert isinstance(node.func, ast.Name)
    node.func.id = CALLS[node.func.id]


def _drop_not(node: ast.AST) -> None:
    assert isinstance(node, ast.UnaryOp)
    node.op, node.operand = ast.Not(), ast.UnaryOp(ast.Not(), node.operand)


def _another_value(node: ast.AST) -> None:
    """The other truth, one more, or another last byte."""
    assert isinstance(node, ast.Constant)
    match node.value:
        case bool() as truth:
            node.value = not truth
        case int() as number:
            node.value = number + 1
        case bytes() as text:
            node.value = text[:-1] + bytes([text[-1] ^ 1])


def _turn(node: ast.AST) -> None:
    """`x` becomes `not x` in place: the node keeps its identity for whoever holds it."""
    inner = copy.copy(node)
    node.__class__ = ast.UnaryOp
    node.__dict__.clear()
    node.__dict__.update(op=ast.Not(), operand=inner)
