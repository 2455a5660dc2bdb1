"""Reading a pickle as a description: nothing it names is ever imported, called or built.

A pickle is a little program. `describe` runs it on a machine of its own whose only instructions put names,
constants and lists together; a call becomes a `Call` that says what would have been called. So what a weights
file holds, and what it would do, is known before any library is asked to load it, and without torch.
"""

from __future__ import annotations

import pickletools
from collections.abc import Iterator
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

MOST_STEPS = 1_000_000
"""Instructions a pickle may have; a network of a thousand tensors takes about thirty thousand."""

DEEPEST = 100
"""How deep tuples may be nested."""


class Malformed(Exception):  # noqa: N818  becomes a ModelError where the file is known
    """The pickle is broken, endless, or uses an instruction that no weights file needs."""


@dataclass(frozen=True)
class Name:
    """Something importable that the pickle names; Python 2's name for ``builtins`` counts as it."""

    module: str
    name: str

    def __str__(self) -> str:
        return f"{self.module}.{self.name}"


@dataclass(eq=False)
class Call:
    """What would have been called, with what, and what would have been put into the result."""

    function: Any
    arguments: Any
    state: Any = None
    items: dict[Any, Any] = field(default_factory=dict)
    members: list[Any] = field(default_factory=list)


@dataclass(frozen=True, eq=False)
class Stored:
    """A reference to data outside of the pickle; for torch, a storage."""

    key: Any


@dataclass
class Description:
    """What a pickle holds, every name, call and outside reference in it, and how many bytes it took."""

    value: Any
    names: tuple[Name, ...]
    calls: tuple[Call, ...]
    stored: tuple[Stored, ...]
    length: int


class _Mark:
    """Where a run of values on the stack begins."""


class _Tuple(tuple[Any, ...]):
    """A tuple that knows how deep it is: hashing a bottomless one would overflow the stack."""

    depth: int


class _Machine:
    def __init__(self) -> None:
        self.stack: list[Any] = []
        self.memo: dict[int, Any] = {}
        self.names: dict[Name, None] = {}
        self.calls: list[Call] = []
        self.stored: list[Stored] = []

    def pop(self) -> Any:
        if not self.stack or isinstance(self.stack[-1], _Mark):
            raise Malformed("takes a value where there is none")
        return self.stack.pop()

    def run(self) -> list[Any]:
        """The values since the last mark, taken off."""
        for place in range(len(self.stack) - 1, -1, -1):
            if isinstance(self.stack[place], _Mark):
                values = self.stack[place + 1 :]
                del self.stack[place:]
                return values
        raise Malformed("closes a list that was never opened")

    def top(self) -> Any:
        if not self.stack or isinstance(self.stack[-1], _Mark):
            raise Malformed("changes a value where there is none")
        return self.stack[-1]

    def name(self, module: object, name: object) -> None:
        if not isinstance(module, str) or not isinstance(name, str):
            raise Malformed("imports something without a name")
        found = Name("builtins" if module == "__builtin__" else module, name)
        self.names[found] = None
        self.stack.append(found)

    def call(self, function: Any, arguments: Any) -> None:
        made = Call(function, arguments)
        self.calls.append(made)
        self.stack.append(made)

    def tuple(self, values: list[Any]) -> None:
        depth = 1 + max((value.depth for value in values if isinstance(value, _Tuple)), default=0)
        if depth > DEEPEST:
            raise Malformed("nests its values too deeply")
        made = _Tuple(values)
        made.depth = depth
        self.stack.append(made)

    def put(self, pairs: list[Any]) -> None:
        target = self.top()
        where = target.items if isinstance(target, Call) else target
        if not isinstance(where, dict) or len(pairs) % 2:
            raise Malformed("sets entries of something that has none")
        for key, value in zip(pairs[::2], pairs[1::2], strict=True):
            where[_key(key)] = value

    def add(self, values: list[Any]) -> None:
        target = self.top()
        where = target.members if isinstance(target, Call) else target
        if not isinstance(where, list):
            raise Malformed("appends to something that is no list")
        where.extend(values)


def describe(content: bytes) -> Description:
    """What the first pickle in ``content`` holds.

    Raises
    ------
    Malformed
        It is no pickle, is cut off, or uses an instruction that no weights file needs.
    """
    machine = _Machine()
    for steps, (opcode, argument, position) in enumerate(_instructions(content)):
        if steps > MOST_STEPS:
            raise Malformed("has too many instructions for a weights file")
        if opcode == "STOP":
            value = machine.pop()
            return Description(
                value, tuple(machine.names), tuple(machine.calls), tuple(machine.stored), position + 1
            )
        _step(machine, opcode, argument)
    raise Malformed("ends in the middle")


def _instructions(content: bytes) -> Iterator[tuple[str, Any, int]]:
    try:
        for opcode, argument, position in pickletools.genops(BytesIO(content)):
            yield opcode.name, argument, position or 0
    except (ValueError, IndexError, UnicodeDecodeError, OverflowError, MemoryError) as error:
        raise Malformed("is broken or cut off") from error


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


def _step(machine: _Machine, opcode: str, argument: Any) -> None:
    stack = machine.stack
    if opcode in _CONSTANTS:
        stack.append(argument)
    elif opcode in _EMPTY:
        stack.append(_EMPTY[opcode]())
    elif opcode in _WORDS:
        stack.append(_WORDS[opcode])
    elif opcode in _TUPLES:
        values = [machine.pop() for _ in range(_TUPLES[opcode])]
        machine.tuple(values[::-1])
    elif opcode in ("PROTO", "FRAME"):
        pass
    elif opcode == "MARK":
        stack.append(_Mark())
    elif opcode == "TUPLE":
        machine.tuple(machine.run())
    elif opcode in ("LIST", "FROZENSET"):
        stack.append(machine.run())
    elif opcode == "DICT":
        pairs = machine.run()
        stack.append({})
        machine.put(pairs)
    elif opcode in ("PUT", "BINPUT", "LONG_BINPUT"):
        machine.memo[int(argument)] = machine.top()
    elif opcode == "MEMOIZE":
        machine.memo[len(machine.memo)] = machine.top()
    elif opcode in ("GET", "BINGET", "LONG_BINGET"):
        if int(argument) not in machine.memo:
            raise Malformed("recalls a value that was never kept")
        stack.append(machine.memo[int(argument)])
    elif opcode == "GLOBAL":
        module, _, name = str(argument).partition(" ")
        machine.name(module, name)
    elif opcode == "STACK_GLOBAL":
        last = machine.pop()
        machine.name(machine.pop(), last)
    elif opcode == "INST":
        module, _, name = str(argument).partition(" ")
        values = machine.run()
        machine.name(module, name)
        machine.call(machine.pop(), tuple(values))
    elif opcode == "OBJ":
        values = machine.run()
        if not values:
            raise Malformed("builds an object of no class")
        machine.call(values[0], tuple(values[1:]))
    elif opcode in ("REDUCE", "NEWOBJ"):
        arguments = machine.pop()
        machine.call(machine.pop(), arguments)
    elif opcode == "NEWOBJ_EX":
        machine.pop()
        arguments = machine.pop()
        machine.call(machine.pop(), arguments)
    elif opcode == "BUILD":
        state = machine.pop()
        target = machine.top()
        if isinstance(target, Call):
            target.state = state
    elif opcode == "BINPERSID":
        made = Stored(machine.pop())
        machine.stored.append(made)
        stack.append(made)
    elif opcode == "SETITEM":
        value = machine.pop()
        machine.put([machine.pop(), value])
    elif opcode == "SETITEMS":
        machine.put(machine.run())
    elif opcode == "APPEND":
        machine.add([machine.pop()])
    elif opcode in ("APPENDS", "ADDITEMS"):
        machine.add(machine.run())
    elif opcode == "POP":
        machine.pop()
    elif opcode == "POP_MARK":
        machine.run()
    elif opcode == "DUP":
        stack.append(machine.top())
    else:
        raise Malformed(f"uses the instruction {opcode}, which no weights file needs")


def _key(value: Any) -> Any:
    """The value where hashing it is surely harmless; deep tuples can overflow the stack."""
    return value if isinstance(value, str | int | float | bytes | Name | None) else id(value)
