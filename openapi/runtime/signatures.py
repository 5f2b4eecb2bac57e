"""Comparison of handlers with the contract before the program serves requests."""

import inspect
from abc import ABC
from collections.abc import Sequence
from types import UnionType
from typing import Union, Unpack, get_args, get_origin, get_type_hints


class HandlerMismatchError(TypeError):
    """Raised when handlers do not fit the contract; the message names each operation and what is wrong with it."""


def check_handlers(expected: type[ABC], handlers: object) -> None:
    """Compare the methods of `handlers` with the abstract class of the tag; HandlerMismatchError lists what differs."""
    actual = type(handlers)
    operations = {name for name in vars(expected) if not name.startswith("_")}
    public = {name for kind in actual.__mro__ if kind not in expected.__mro__ for name in vars(kind) if name[0] != "_"}
    wrong = [f"{name}: no operation of {expected.__name__} has this name" for name in sorted(public - operations)]
    for name in sorted(operations):
        method = getattr(actual, name, None)
        if method is None or getattr(method, "__isabstractmethod__", False):
            wrong.append(f"{name}: the handler is missing")
        elif not inspect.iscoroutinefunction(method):
            wrong.append(f"{name}: the handler must be an async method")
        else:
            wrong.extend(f"{name}: {difference}" for difference in _differences(getattr(expected, name), method))
    if wrong:
        raise HandlerMismatchError(
            f"{actual.__module__}.{actual.__qualname__} does not fit the contract: " + "; ".join(wrong)
        )


def _differences(expected: object, actual: object) -> list[str]:
    wanted, found = _signature(expected), _signature(actual)
    if isinstance(found, str) or isinstance(wanted, str):
        return [str(found)]
    differences = []
    wanted_names = [(name, parameter.kind) for name, parameter in wanted.parameters.items()]
    found_names = [(name, parameter.kind) for name, parameter in found.parameters.items()]
    if sorted(wanted_names) != sorted(found_names):
        differences.append(f"takes {found}, the contract gives {wanted}")
    else:
        # The first two are self and the caller, whose type is the program's own.
        for name in list(wanted.parameters)[2:]:
            given, taken = wanted.parameters[name].annotation, found.parameters[name].annotation
            if given != taken:
                differences.append(f"{name} is {_name(taken)}, the contract gives {_name(given)}")
    superfluous = _members(found.return_annotation) - _members(wanted.return_annotation)
    differences.extend(sorted(f"returns {_name(one)}, which the contract does not list" for one in superfluous))
    return differences


def _signature(method: object) -> inspect.Signature | str:
    if not callable(method):
        return "is not callable"
    try:
        signature = inspect.signature(method, eval_str=True)
    except NameError as error:
        return f"its annotations cannot be read when the program starts ({error})"
    return signature.replace(
        parameters=[one for parameter in signature.parameters.values() for one in _unpacked(parameter)]
    )


def _unpacked(parameter: inspect.Parameter) -> Sequence[inspect.Parameter]:
    """Return the parameters that `**keywords: Unpack[SomeTypedDict]` stands for; any other as it is."""
    if get_origin(parameter.annotation) is not Unpack:
        return (parameter,)
    (keywords,) = get_args(parameter.annotation)
    return [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, annotation=annotation)
        for name, annotation in get_type_hints(keywords).items()
    ]


def _members(annotation: object) -> frozenset[object]:
    if get_origin(annotation) in {Union, UnionType}:
        return frozenset(get_args(annotation))
    return frozenset({annotation})


def _name(annotation: object) -> str:
    return annotation.__name__ if isinstance(annotation, type) else str(annotation)
