"""A graph that is written out gives what PyTensor gives of it, evaluated in Python."""

import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest

from bayes_ddm.fitting.code import form, machine_code
from bayes_ddm.fitting.source.function import returning
from tests.support.densities import PYTHON

ROWS, GROUPS = 7, 3


@pytest.mark.slow
def test_every_operation_that_is_written_and_some_that_are_called():
    x, m, c = pt.dvector("x"), pt.dmatrix("m"), pt.dscalar("c")
    group, flag = pt.lvector("group"), pt.vector("flag", dtype="uint8")
    by_group = pt.inc_subtensor(pt.zeros(GROUPS)[group], pt.exp(-x) * c)
    outputs = [
        # numbers
        pt.switch(c > 0.5, pt.log1p(c), -pt.sqr(c)) + pt.erfc(c) * pt.sigmoid(c),
        pt.switch(pt.isinf(c), np.inf, pt.maximum(c, 1.0)) / pt.softplus(c),
        # loops over rows, read and added up by an index
        pt.exp(x) * by_group[group] + flag * c,
        by_group,
        # sums of all and along an axis, of numbers and of what is true
        (pt.tanh(m) * x[:, None]).sum(),
        (pt.tanh(m) * x[:, None]).sum(axis=0),
        (m * m[:, [0]] + c).sum(axis=1),
        (x > c).sum(),
        m.sum(),
        # other shapes
        pt.concatenate([x[1:4], c[None], by_group]),
        pt.stack([c, x[0], m[2, 1]]),
        m.T[1:] * c,
        pt.alloc(c, 2, 4),
        x.reshape((1, ROWS)) + m[:, 0],
        # called
        pt.cumsum(x),
        pt.prod(1 + 0.1 * pt.tanh(x)) + x.max(),
        group * 2 + flag,
        m[group, 0],
    ]
    inputs = [x, m, c, group, flag]
    made = form(inputs, outputs)
    code = machine_code(returning(made.graph))
    expected = pytensor.function(inputs, outputs, mode=PYTHON)
    rng = np.random.default_rng(1)
    for number in (0.3, 1.7):
        values = [
            rng.normal(size=ROWS),
            rng.normal(size=(ROWS, GROUPS)),
            np.array(number),
            rng.integers(GROUPS, size=ROWS),
            rng.integers(2, size=ROWS).astype("uint8"),
        ]
        found = code(*values, *(constant.data for constant in made.data))
        for one, other in zip(found, expected(*values), strict=True):
            # a few hundred operations, each to rounding
            np.testing.assert_allclose(one, other, rtol=1e-12, atol=1e-13)


def test_lengths_that_differ_are_refused():
    x, y = pt.dvector("x"), pt.dvector("y")
    code = machine_code(returning(form([x, y], [pt.exp(x) + y]).graph))
    np.testing.assert_allclose(code(np.zeros(3), np.ones(3))[0], 2)
    with pytest.raises(ValueError, match="shapes differ"):
        code(np.zeros(3), np.ones(4))
