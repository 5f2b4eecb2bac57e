"""Walk over what a method may call, by the types that the code names, without running any of it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Final

from tests.architecture.sources import IMPL, parsed
from tests.harness.databases import ROOT

type Function = ast.FunctionDef | ast.AsyncFunctionDef

_FUNCTION: Final = (ast.FunctionDef, ast.AsyncFunctionDef)


@dataclass(frozen=True, slots=True)
class Place:
    """Name of a module: a function, a class or a constant of it; without one, the module itself."""

    module: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class _Source:
    """Definitions of a module, and where what it imports comes from."""

    defined: dict[str, ast.AST]
    imported: dict[str, Place]


@dataclass(slots=True)
class Reached:
    """Names of our code that may be used on the way, and texts that stand there."""

    places: set[Place] = field(default_factory=set)
    texts: set[str] = field(default_factory=set)


def reached(start: Place, method: str) -> Reached:
    """Return what a method of a class may use.

    A receiver is known by an annotation, by the class that is called to make it, or by what a method of ours returns.
    What is called through anything else is not followed.
    """
    found = Reached()
    pending: list[tuple[Place, str | None]] = [(start, method), (start, "__init__")]
    seen = set(pending)
    while pending:
        place, member = pending.pop()
        for step in _steps(place, member, found):
            if step not in seen:
                seen.add(step)
                pending.append(step)
    return found


def _steps(place: Place, member: str | None, found: Reached) -> Iterator[tuple[Place, str | None]]:
    """Note what a definition uses, and yield the definitions that it may run."""
    node = _definition(place)
    if node is None:
        return
    own = place if member is not None else None
    if member is not None:
        owner = _owner(place, member)
        if owner is None:
            return
        own, node = owner
        yield own, "__init__"
    scope = _scope(place.module if own is None else own.module, own, node)
    for part in _body(node):
        if isinstance(part, ast.Constant) and isinstance(part.value, str):
            found.texts.add(part.value)
        receiver = _type(scope, part.value) if isinstance(part, ast.Attribute) else None
        if isinstance(part, ast.Attribute) and receiver is not None and receiver.name:
            yield receiver, part.attr
        elif (used := _used(scope, receiver, part)) is not None:
            found.places.add(used)
            yield used, "__init__" if isinstance(_definition(used), ast.ClassDef) else None


def _used(scope: _Scope, receiver: Place | None, part: ast.AST) -> Place | None:
    """Return what a name of a module leads to, by itself or as an attribute of the module."""
    if isinstance(part, ast.Name) and part.id not in scope.variables:
        return _resolved(scope.module, part.id)
    if isinstance(part, ast.Attribute) and receiver is not None:
        return _resolved(receiver.module, part.attr)
    return None


@dataclass(frozen=True, slots=True)
class _Scope:
    module: str
    own: Place | None
    variables: dict[str, Place | None]


def _scope(module: str, own: Place | None, node: ast.AST) -> _Scope:
    scope = _Scope(module, own, {})
    if isinstance(node, _FUNCTION):
        for argument in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs):
            scope.variables[argument.arg] = _annotated(module, argument.annotation)
        if own is not None and node.args.args:
            scope.variables[node.args.args[0].arg] = own
        for part in _body(node):
            if isinstance(part, ast.Assign) and len(part.targets) == 1 and isinstance(part.targets[0], ast.Name):
                scope.variables[part.targets[0].id] = _type(scope, part.value)
    return scope


def _body(node: ast.AST) -> Iterator[ast.AST]:
    """Walk what runs: neither annotations of parameters nor the docstring."""
    if isinstance(node, _FUNCTION):
        defaults = [one for one in (*node.args.defaults, *node.args.kw_defaults) if one is not None]
        for part in (*defaults, *node.decorator_list, *node.body):
            if not (isinstance(part, ast.Expr) and isinstance(part.value, ast.Constant)):
                yield from ast.walk(part)
    elif isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
        yield from ast.walk(node.value)


def _type(scope: _Scope, expression: ast.AST) -> Place | None:
    """Return the class that an expression is of, or the module or class that it is."""
    match expression:
        case ast.Await(value=value):
            return _type(scope, value)
        case ast.Name(id=name):
            return scope.variables[name] if name in scope.variables else _resolved(scope.module, name)
        case ast.Call(func=function):
            called = _type(scope, function)
            if called is None or isinstance(_definition(called), ast.ClassDef):
                return called
            definition = _definition(called)
            return _annotated(called.module, definition.returns) if isinstance(definition, _FUNCTION) else None
        case ast.Attribute(value=value, attr=name):
            receiver = _type(scope, value)
            if receiver is None:
                return None
            return _resolved(receiver.module, name) if not receiver.name else _member_type(receiver, name)
    return None


@cache
def _member_type(of: Place, name: str) -> Place | None:
    """Return the class of an attribute, or that which a method or property returns."""
    for base in _family(of):
        definition = _definition(base)
        if not isinstance(definition, ast.ClassDef):
            continue
        for part in definition.body:
            if isinstance(part, _FUNCTION) and part.name == name:
                return _annotated(base.module, part.returns)
            if isinstance(part, ast.AnnAssign) and isinstance(part.target, ast.Name) and part.target.id == name:
                return _annotated(base.module, part.annotation)
        making = next((one for one in definition.body if isinstance(one, _FUNCTION) and one.name == "__init__"), None)
        if making is None:
            continue
        scope = _scope(base.module, base, making)
        for made in ast.walk(making):
            targets = made.targets if isinstance(made, ast.Assign) else []
            if any(isinstance(target, ast.Attribute) and target.attr == name for target in targets):
                assert isinstance(made, ast.Assign)
                return _type(scope, made.value)
            if isinstance(made, ast.AnnAssign) and isinstance(made.target, ast.Attribute) and made.target.attr == name:
                return _annotated(base.module, made.annotation)
    return None


def _owner(of: Place, member: str) -> tuple[Place, ast.AST] | None:
    for base in _family(of):
        definition = _definition(base)
        if isinstance(definition, ast.ClassDef):
            for part in definition.body:
                if isinstance(part, _FUNCTION) and part.name == member:
                    return base, part
    return None


def _family(of: Place) -> Iterator[Place]:
    """Yield a class of ours and those that it is made of."""
    yield of
    definition = _definition(of)
    if isinstance(definition, ast.ClassDef):
        for base in definition.bases:
            name = base.value if isinstance(base, ast.Subscript) else base
            found = _resolved(of.module, name.id) if isinstance(name, ast.Name) else None
            if found is not None:
                yield from _family(found)


def _annotated(module: str, annotation: ast.AST | None) -> Place | None:
    match annotation:
        case ast.Constant(value=str(text)):
            return _annotated(module, ast.parse(text, mode="eval").body)
        case ast.BinOp(left=left, right=right):
            return _annotated(module, left) or _annotated(module, right)
        case ast.Name(id=name):
            return _resolved(module, name)
    return None


def _definition(place: Place) -> ast.AST | None:
    source = _source(place.module)
    return None if source is None else source.defined.get(place.name)


@cache
def _resolved(module: str, name: str) -> Place | None:
    """Return where a name of a module is defined, however often it is handed on; None if it is not ours."""
    source = _source(module)
    if source is None:
        return None
    if name in source.defined:
        return Place(module, name)
    imported = source.imported.get(name)
    if imported is None or not imported.name:
        return imported
    if _source(f"{imported.module}.{imported.name}") is not None:
        return Place(f"{imported.module}.{imported.name}")
    return _resolved(imported.module, imported.name)


@cache
def _source(module: str) -> _Source | None:
    path = ROOT.joinpath(*module.split(".")).with_suffix(".py")
    if not path.is_relative_to(IMPL) or not path.exists():
        return None
    defined: dict[str, ast.AST] = {}
    imported: dict[str, Place] = {}
    for part in _statements(parsed(path)):
        match part:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                defined[name] = part
            case ast.Assign(targets=targets):
                for target in targets:
                    for one in ast.walk(target):
                        if isinstance(one, ast.Name):
                            defined[one.id] = part
            case ast.AnnAssign(target=ast.Name(id=name)):
                defined[name] = part
            case ast.ImportFrom(module=str(origin), names=names):
                imported |= {one.asname or one.name: Place(origin, one.name) for one in names}
    return _Source(defined, imported)


def _statements(module: ast.Module) -> Iterator[ast.stmt]:
    """Yield the statements of a module, those for type checkers too."""
    for part in module.body:
        yield part
        if isinstance(part, ast.If):
            yield from part.body
