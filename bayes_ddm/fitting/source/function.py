"""Numba source of a graph, written out as one function.

PyTensor compiles a function for each operation, and for each operation on numbers within; how many
there are decides how long that takes.  Here numbers are names, what is done to them is a line, and
elementwise operations are loops.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from hashlib import sha256
from typing import Any

from pytensor.link.numba.cache import compile_numba_function_src

from bayes_ddm.fitting.callbacks import Stored, stored_arrays

# they say how operations are written
from bayes_ddm.fitting.source import arrays, loops, numbers  # noqa: F401
from bayes_ddm.fitting.source.text import Text, is_number, nodes

# of code on disk: another one where the same source comes to mean another program
VERSION = 2

Written = tuple[Callable[..., Any], str | None]


def returning(graph: Any) -> Written:
    """Python function for numba that takes a graph's inputs and returns its outputs; its key.

    Outputs without dimensions are numbers.  There is no key where numba cannot keep the code.
    """
    text = Text()
    return _function("program(*inputs)", graph, text, lambda x: [f"return ({', '.join(x)},)"])


def filling(graph: Any, stored: Sequence[Stored]) -> Written:
    """Python function for numba that `callbacks` call, and its key.

    A record tells where the graph's inputs are, in a point or elsewhere; its last output is a
    vector, and what is before it a number.
    """
    text = Text()
    text.bind(stored_arrays(stored), repr(stored))
    text.say("inputs = held0(point, record)")

    def ending(outputs: list[str]) -> list[str]:
        *value, vector = outputs
        return [
            f"if {vector}.size != out.size:",
            "    raise ValueError('sizes differ')",
            "for i in range(out.size):",
            f"    out[i] = {vector}[i]",
            f"return float({value[0]})" if value else "return 0.0",
        ]

    return _function("program(point, record, out)", graph, text, ending)


def _function(
    signature: str, graph: Any, text: Text, ending: Callable[[list[str]], list[str]]
) -> Written:
    names = {
        v: text.name(f"inputs[{i}]{'[()]' if is_number(v) else ''}")
        for i, v in enumerate(graph.inputs)
    }
    text.say(*ending(nodes(graph, names, text)))
    source = "\n".join([f"def {signature}:", *text.lines])
    key = None
    if None not in text.keys:
        kinds = [str(v.type.dtype) for v in graph.inputs]
        key = sha256(repr((VERSION, source, text.keys, kinds)).encode()).hexdigest()
    return compile_numba_function_src(source, "program", text.names, cache_key=key), key
