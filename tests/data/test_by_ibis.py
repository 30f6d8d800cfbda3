"""Condensing tables of Ibis: on Spark where there is Java, and what a connection may do."""

import shutil

import numpy as np
import pandas as pd
import pytest

import bayes_ddm as bd
from bayes_ddm.data.condensing import by_ibis
from bayes_ddm.data.condensing.by_ibis import condense_table
from bayes_ddm.errors import InputError
from tests.data.test_condensed import simulated

COLUMNS = {"choice": "picked", "rt": "ms", "rt_unit": "ms", "positive": "A"}


class Backend:
    name = "a warehouse"


class Dropping:
    """A table whose connection is lost at the second query."""

    def __init__(self):
        self.queries = 0

    def alias(self, name):
        return self

    def get_backend(self):
        return Backend()

    def schema(self):
        return {"picked": "string", "ms": "float64"}

    def sql(self, query, dialect):
        self.queries += 1
        if self.queries > 1:
            raise ConnectionError("reset by peer")
        return self

    def to_pandas(self):
        return pd.DataFrame({"n": [2]})


def test_a_connection_that_drops_says_so_in_a_line():
    with pytest.raises(
        InputError, match=r"the connection failed while condensing \(values of the"
    ) as e:
        condense_table(Dropping(), **COLUMNS)
    assert "reset by peer" in str(e.value) and "\n" not in str(e.value)


def test_a_column_that_is_not_there_is_named():
    with pytest.raises(InputError, match="no column 'rt'"):
        condense_table(Dropping(), **COLUMNS | {"rt": "rt"})
    assert not by_ibis.is_ibis("a path")


@pytest.fixture(scope="module")
def spark():
    ibis = pytest.importorskip("ibis", reason="Ibis, of the extra `ibis`, is not installed")
    sql = pytest.importorskip("pyspark.sql", reason="PySpark is not installed")
    if shutil.which("java") is None:
        pytest.skip("Spark needs Java, which is not installed")
    session = (
        sql.SparkSession.builder.master("local[1]")
        .config("spark.ui.enabled", "false")
        .config("spark.sql.shuffle.partitions", "2")
        .getOrCreate()
    )
    yield ibis.pyspark.connect(session)
    session.stop()


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::DeprecationWarning")
@pytest.mark.parametrize("more", [{"labeler": "id"}, {"features": ["a-b"]}])
def test_spark_makes_the_same_rows(spark, tmp_path, more):
    pytest.importorskip("duckdb", reason="files are condensed by DuckDB, of the extra `scale`")
    choices = simulated(20_000, seed=5)
    frame = pd.DataFrame({"picked": np.where(choices.choice > 0, "A", "B")})
    frame["ms"] = np.round(choices.rt * 1e3, 3)
    frame = frame.assign(id=frame.index // 4, a=frame.index % 3 * 0.1, b=1 / 3)
    path = tmp_path / "log.parquet"
    frame.to_parquet(path, index=False)
    table = spark.read_parquet(path)
    by_engine = bd.condense(table.filter(table.ms > 0), **COLUMNS, **more)
    by_files = bd.condense(path, **COLUMNS, **more, progress=False)
    for name in ("choice", "rt", "weight"):
        np.testing.assert_allclose(getattr(by_engine, name), getattr(by_files, name), rtol=1e-12)
    if by_files.labelers is not None and by_engine.labelers is not None:
        # nodes move with the rounding of sums in another order; what they sum to does not
        for power in (1, 0.5, -1):
            total = [x.weight @ x.rt**power for x in (by_engine.labelers, by_files.labelers)]
            assert total[0] == pytest.approx(total[1], rel=1e-12)
        # the same people are kept whole, whatever the engine's order
        for name, column in vars(by_files.labelers.whole).items():
            np.testing.assert_allclose(getattr(by_engine.labelers.whole, name), column, rtol=1e-12)
