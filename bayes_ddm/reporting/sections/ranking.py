"""Models compared by how they predict a labeler left out."""

from __future__ import annotations

from bayes_ddm.display import Block, Missing, Words
from bayes_ddm.reporting.results import Results, Unknown
from bayes_ddm.reporting.section import Part, Section
from bayes_ddm.reporting.study import Study


def ranking(study: Study) -> Section:
    """Rank the fits, and say how far each one's score can be trusted."""
    found = study.ranking
    numbers = {}
    blocks: list[Block]
    if isinstance(found, Unknown):
        blocks = [Missing("ranking", found.reason)]
    else:
        blocks = [
            *found.blocks(),
            Words(
                "Each labeler is left out with all their choices, their own preferences integrated "
                "out: the score is that of predicting a person, not a row."
            ),
        ]
        numbers = {
            "ranking": found.table.rename_axis("fit").reset_index().to_dict("records"),
            "steps": found.steps.rename_axis("fit").reset_index().to_dict("records"),
        }
    whole = Part(tuple(blocks), "", numbers)
    return Section("ranking", "Model comparison", (whole, *study.for_each(_score)))


def _score(results: Results) -> Part:
    found = results.diagnosis.loo
    finding = next(f for f in results.diagnosis.findings if f.name == "leave one out")
    if found is None:
        return Part((Missing("leave one out", finding.sentence),), results.name)
    numbers = {
        "elpd": found.elpd,
        "se": found.se,
        "p": found.p,
        "n": found.n,
        "pareto_k_threshold": found.threshold,
        "doubtful": [str(name) for name in found.bad],
    }
    return Part(finding.blocks(), results.name, numbers)
