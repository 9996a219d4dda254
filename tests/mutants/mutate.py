"""One small change to a module at a time: an operator, a comparison, a constant, a return value."""

import ast
import copy
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

_COMPARED: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}
_COUNTED: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.FloorDiv,
    ast.FloorDiv: ast.Mult,
    ast.Div: ast.Mult,
    ast.Mod: ast.Mult,
}
_CALLED = {"min": "max", "max": "min", "any": "all", "all": "any"}


@dataclass(frozen=True)
class Mutant:
    """A changed expression: the line it is on, its text before and after, the whole module's
    new text."""

    path: str
    line: int
    text: str
    before: str
    after: str
    source: str

    @property
    def key(self) -> str:
        """What the list of equivalent mutants calls it: no line number, which moves."""
        return f"{self.path}: {self.before} -> {self.after} in {self.text}"


def mutants(path: str, source: str) -> Iterator[Mutant]:
    """Every mutant of the module, in the order of its lines."""
    lines = source.splitlines(keepends=True)
    for node in _mutable(ast.parse(source)):
        for changed in _changes(node):
            after = ast.unparse(changed)
            head, before, tail = _cut(lines, node)
            before = " ".join(before.split())
            text = lines[node.lineno - 1].partition("  # ")[0].strip()
            yield Mutant(path, node.lineno, text, before, after, f"{head}({after}){tail}")


def _mutable(tree: ast.AST) -> Iterator[Any]:
    """The expressions that a running module evaluates: no docstrings, annotations or messages."""
    for child in ast.iter_child_nodes(tree):
        if isinstance(child, ast.JoinedStr):
            continue
        if isinstance(child, ast.Expr) and isinstance(child.value, ast.Constant):
            continue
        if isinstance(child, ast.AnnAssign):
            if child.value is not None:
                yield from _mutable(ast.Expression(child.value))
            continue
        if isinstance(child, ast.ClassDef):
            yield from _mutable(ast.Module(child.body, []))  # no decorators: they decide little
            continue
        if isinstance(child, ast.FunctionDef):
            for part in (*child.args.defaults, *filter(None, child.args.kw_defaults), *child.body):
                yield from _mutable(ast.Module([part], []))
            continue
        if isinstance(child, ast.expr):
            yield child
        yield from _mutable(child)


def _changes(node: ast.expr) -> Iterator[ast.expr]:
    match node:
        case ast.Compare(ops=[op]) if type(op) in _COMPARED:
            yield _with(node, ops=[_COMPARED[type(op)]()])
        case ast.BoolOp(op=op):
            yield _with(node, op=ast.Or() if isinstance(op, ast.And) else ast.And())
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            yield operand
        case ast.BinOp(op=op) if type(op) in _COUNTED and not _is_text(node):
            yield _with(node, op=_COUNTED[type(op)]())
        case ast.Call(func=ast.Name(id=name)) if name in _CALLED:
            yield _with(node, func=ast.Name(_CALLED[name]))
        case ast.IfExp(body=body, orelse=orelse):
            yield _with(node, body=orelse, orelse=body)
        case ast.Constant(value=bool() as value):
            yield ast.Constant(not value)
        case ast.Constant(value=int() as value):
            yield ast.Constant(value + 1)


def _is_text(node: ast.BinOp) -> bool:
    return any(
        isinstance(side, ast.JoinedStr)
        or (isinstance(side, ast.Constant) and isinstance(side.value, str))
        for side in (node.left, node.right)
    )


def _with(node: ast.expr, **changes: Any) -> ast.expr:
    changed = copy.copy(node)
    for name, value in changes.items():
        setattr(changed, name, value)
    return changed


def _cut(lines: list[str], node: ast.expr) -> tuple[str, str, str]:
    """The module before the node, the node, and what follows; columns are counted in bytes."""
    first, last = node.lineno - 1, (node.end_lineno or node.lineno) - 1
    start = len(lines[first].encode()[: node.col_offset].decode())
    end = len(lines[last].encode()[: node.end_col_offset].decode())
    head = "".join(lines[:first]) + lines[first][:start]
    tail = lines[last][end:] + "".join(lines[last + 1 :])
    whole = "".join(lines)
    return head, whole[len(head) : len(whole) - len(tail)], tail
