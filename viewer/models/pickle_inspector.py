"""Static inspection of pickles: nothing in them is imported, called or built.

A pickle is a program for a stack machine. `describe_pickle` runs it on a machine that only collects names,
constants and lists; a call becomes a `PickleCall` that describes it. The contents of a weights file, and the
code that loading would run, are thus known before any library loads it, and without torch.
"""

from __future__ import annotations

import pickletools
from collections.abc import Iterator
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

MAX_INSTRUCTIONS = 1_000_000
"""Largest number of instructions; a network of a thousand tensors takes about thirty thousand."""

MAX_DEPTH = 100
"""Largest nesting depth of tuples."""


class MalformedPickleError(Exception):
    """The pickle is damaged, endless, or uses an instruction that no weights file needs."""


@dataclass(frozen=True)
class GlobalName:
    """Importable object that the pickle refers to; Python 2's name for ``builtins`` is replaced."""

    module: str
    name: str

    def __str__(self) -> str:
        return f"{self.module}.{self.name}"


@dataclass(eq=False)
class PickleCall:
    """Call that the pickle would make: its function, its arguments, and the state set on the result."""

    function: Any
    arguments: Any
    state: Any = None
    items: dict[Any, Any] = field(default_factory=dict)
    members: list[Any] = field(default_factory=list)


@dataclass(frozen=True, eq=False)
class PersistentId:
    """Reference to data outside of the pickle; for torch, a storage."""

    key: Any


@dataclass
class PickleDescription:
    """Contents of a pickle: its value, all names, calls and persistent ids, and its length in bytes."""

    value: Any
    global_names: tuple[GlobalName, ...]
    calls: tuple[PickleCall, ...]
    persistent_ids: tuple[PersistentId, ...]
    length: int


class _Mark:
    """Start of a group of values on the stack."""


class _Tuple(tuple[Any, ...]):
    """Tuple with its nesting depth, because hashing a very deep one would overflow the stack."""

    depth: int


class _PickleMachine:
    def __init__(self) -> None:
        self.stack: list[Any] = []
        self.memo: dict[int, Any] = {}
        self.global_names: dict[GlobalName, None] = {}
        self.calls: list[PickleCall] = []
        self.persistent_ids: list[PersistentId] = []

    def pop(self) -> Any:
        if not self.stack or isinstance(self.stack[-1], _Mark):
            raise MalformedPickleError("takes a value where there is none")
        return self.stack.pop()

    def pop_to_mark(self) -> list[Any]:
        """Remove and return the values since the last mark."""
        for index in range(len(self.stack) - 1, -1, -1):
            if isinstance(self.stack[index], _Mark):
                values = self.stack[index + 1 :]
                del self.stack[index:]
                return values
        raise MalformedPickleError("closes a list that was never opened")

    def top(self) -> Any:
        if not self.stack or isinstance(self.stack[-1], _Mark):
            raise MalformedPickleError("changes a value where there is none")
        return self.stack[-1]

    def push_global(self, module: object, name: object) -> None:
        if not isinstance(module, str) or not isinstance(name, str):
            raise MalformedPickleError("imports something without a name")
        global_name = GlobalName("builtins" if module == "__builtin__" else module, name)
        self.global_names[global_name] = None
        self.stack.append(global_name)

    def push_call(self, function: Any, arguments: Any) -> None:
        pickle_call = PickleCall(function, arguments)
        self.calls.append(pickle_call)
        self.stack.append(pickle_call)

    def push_tuple(self, values: list[Any]) -> None:
        depth = 1 + max((value.depth for value in values if isinstance(value, _Tuple)), default=0)
        if depth > MAX_DEPTH:
            raise MalformedPickleError("nests its values too deeply")
        result = _Tuple(values)
        result.depth = depth
        self.stack.append(result)

    def set_items(self, pairs: list[Any]) -> None:
        target = self.top()
        container = target.items if isinstance(target, PickleCall) else target
        if not isinstance(container, dict) or len(pairs) % 2:
            raise MalformedPickleError("sets entries of something that has none")
        for key, value in zip(pairs[::2], pairs[1::2], strict=True):
            container[_hashable_key(key)] = value

    def extend_list(self, values: list[Any]) -> None:
        target = self.top()
        container = target.members if isinstance(target, PickleCall) else target
        if not isinstance(container, list):
            raise MalformedPickleError("appends to something that is not a list")
        container.extend(values)


def describe_pickle(content: bytes) -> PickleDescription:
    """Return a description of the first pickle in ``content``.

    Raises
    ------
    MalformedPickleError
        It is not a pickle, is truncated, or uses an instruction that no weights file needs.
    """
    machine = _PickleMachine()
    for steps, (opcode, argument, position) in enumerate(_read_instructions(content)):
        if steps > MAX_INSTRUCTIONS:
            raise MalformedPickleError("has too many instructions for a weights file")
        if opcode == "STOP":
            value = machine.pop()
            return PickleDescription(
                value,
                tuple(machine.global_names),
                tuple(machine.calls),
                tuple(machine.persistent_ids),
                position + 1,
            )
        _execute(machine, opcode, argument)
    raise MalformedPickleError("is truncated")


def _read_instructions(content: bytes) -> Iterator[tuple[str, Any, int]]:
    try:
        for opcode, argument, position in pickletools.genops(BytesIO(content)):
            yield opcode.name, argument, position or 0
    except (ValueError, IndexError, UnicodeDecodeError, OverflowError, MemoryError) as error:
        raise MalformedPickleError("is broken or cut off") from error


_CONSTANTS = frozenset(
    [
        "BINUNICODE",
        "SHORT_BINUNICODE",
        "BINUNICODE8",
        "UNICODE",
        "BINSTRING",
        "SHORT_BINSTRING",
        "STRING",
        "BINBYTES",
        "SHORT_BINBYTES",
        "BINBYTES8",
        "BININT",
        "BININT1",
        "BININT2",
        "INT",
        "LONG",
        "LONG1",
        "LONG4",
        "FLOAT",
        "BINFLOAT",
    ]
)
_EMPTY = {"EMPTY_DICT": dict, "EMPTY_LIST": list, "EMPTY_SET": list, "EMPTY_TUPLE": tuple}
_WORDS = {"NONE": None, "NEWTRUE": True, "NEWFALSE": False}
_TUPLES = {"TUPLE1": 1, "TUPLE2": 2, "TUPLE3": 3}


def _execute(machine: _PickleMachine, opcode: str, argument: Any) -> None:
    stack = machine.stack
    if opcode in _CONSTANTS:
        stack.append(argument)
    elif opcode in _EMPTY:
        stack.append(_EMPTY[opcode]())
    elif opcode in _WORDS:
        stack.append(_WORDS[opcode])
    elif opcode in _TUPLES:
        values = [machine.pop() for _ in range(_TUPLES[opcode])]
        machine.push_tuple(values[::-1])
    elif opcode in ("PROTO", "FRAME"):
        pass
    elif opcode == "MARK":
        stack.append(_Mark())
    elif opcode == "TUPLE":
        machine.push_tuple(machine.pop_to_mark())
    elif opcode in ("LIST", "FROZENSET"):
        stack.append(machine.pop_to_mark())
    elif opcode == "DICT":
        pairs = machine.pop_to_mark()
        stack.append({})
        machine.set_items(pairs)
    elif opcode in ("PUT", "BINPUT", "LONG_BINPUT"):
        machine.memo[int(argument)] = machine.top()
    elif opcode == "MEMOIZE":
        machine.memo[len(machine.memo)] = machine.top()
    elif opcode in ("GET", "BINGET", "LONG_BINGET"):
        if int(argument) not in machine.memo:
            raise MalformedPickleError("reads a value that was never stored")
        stack.append(machine.memo[int(argument)])
    elif opcode == "GLOBAL":
        module, _, name = str(argument).partition(" ")
        machine.push_global(module, name)
    elif opcode == "STACK_GLOBAL":
        global_name = machine.pop()
        machine.push_global(machine.pop(), global_name)
    elif opcode == "INST":
        module, _, name = str(argument).partition(" ")
        values = machine.pop_to_mark()
        machine.push_global(module, name)
        machine.push_call(machine.pop(), tuple(values))
    elif opcode == "OBJ":
        values = machine.pop_to_mark()
        if not values:
            raise MalformedPickleError("builds an object without a class")
        machine.push_call(values[0], tuple(values[1:]))
    elif opcode in ("REDUCE", "NEWOBJ"):
        arguments = machine.pop()
        machine.push_call(machine.pop(), arguments)
    elif opcode == "NEWOBJ_EX":
        machine.pop()
        arguments = machine.pop()
        machine.push_call(machine.pop(), arguments)
    elif opcode == "BUILD":
        state = machine.pop()
        target = machine.top()
        if isinstance(target, PickleCall):
            target.state = state
    elif opcode == "BINPERSID":
        persistent_id = PersistentId(machine.pop())
        machine.persistent_ids.append(persistent_id)
        stack.append(persistent_id)
    elif opcode == "SETITEM":
        value = machine.pop()
        machine.set_items([machine.pop(), value])
    elif opcode == "SETITEMS":
        machine.set_items(machine.pop_to_mark())
    elif opcode == "APPEND":
        machine.extend_list([machine.pop()])
    elif opcode in ("APPENDS", "ADDITEMS"):
        machine.extend_list(machine.pop_to_mark())
    elif opcode == "POP":
        machine.pop()
    elif opcode == "POP_MARK":
        machine.pop_to_mark()
    elif opcode == "DUP":
        stack.append(machine.top())
    else:
        raise MalformedPickleError(f"uses the instruction {opcode}, which no weights file needs")


def _hashable_key(value: Any) -> Any:
    """Return the value if it is safe to hash, else its ``id``; deep tuples can overflow the stack."""
    return value if isinstance(value, str | int | float | bytes | GlobalName | None) else id(value)
