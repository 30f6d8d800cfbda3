"""Experiments of arXiv 2605.06987: the average of heterogeneous preferences.

    python -m benchmarks heterogeneous [--part scalar|contextual|ablation|real]
                                              [--replications 50]

Prints tables, and keeps them with their figures in ``benchmarks/results/papers``; what is claimed
is in ``heterogeneous_claims.csv``, with whether it was found. Claims are the paper's; those about
scales are what their derivation promises.

Simulated choices have boundary 1.25, and ndt 0 unless said. Errors are absolute, in drift units
(1/sqrt(s)); the tables kept have them relative to the true average too. Bradley-Terry and the
speed-accuracy ratio get the true boundary, to be in drift units; no one would have it.

The paper's numbers for the real sample are known here, its simulated curves are not: those stand
beside an earlier measurement. So populations, designs and sizes are chosen; in the real sample,
labelers' own preferences and the units of the attributes, several of each, as they decide the
outcome there.
"""
