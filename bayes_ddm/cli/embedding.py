"""What `estimate` does where features are a column of lists: sums are streamed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from bayes_ddm.cli.table import Columns
from bayes_ddm.cli.texts import flag
from bayes_ddm.errors import InputError

if TYPE_CHECKING:
    from bayes_ddm.estimators.embedded import EmbeddedEstimate

# what embedded refuses, under the names of options
UNUSED = ("deadline", "omissions", "items", "reference")


def of_embedding(
    file: Path, columns: Columns, parameters: dict[str, Any], **others: Any
) -> EmbeddedEstimate | None:
    """Average preference over an embedding column; None where features are no such column.

    Raises
    ------
    InputError
        If there are formulas, or options that an embedding has no use for.
    """
    names = columns.names()
    features = names.pop("features")
    if len(features or ()) != 1:
        return None
    from bayes_ddm.data.embeddings import is_embedding

    if not is_embedding(file, features):
        return None
    from bayes_ddm.estimators.embedded import embedded

    numbers = {name: parameters.pop(name, None) for name in ("boundary", "ndt")}
    formulas = [name for name, x in (parameters | others).items() if x]
    formulas += [name for name, x in numbers.items() if isinstance(x, str)]
    formulas += [name for name in UNUSED if names.pop(name) is not None]
    if columns.drift:
        formulas.append("drift")
    if formulas:
        raise InputError(
            f"{flag(formulas[0])} does not go with an embedding ({features[0]}); leave it out."
        )
    return embedded(file, features[0], **numbers, **names)
