"""Experiments of arXiv 2507.20403: preferences from choices and response times, labeler by labeler.

    python -m benchmarks general_framework [--replications 100]

Prints what was measured beside what was published, and draws it, into
``benchmarks/results/papers/general_framework*``; about two minutes. Claims and whether they were
found are in ``general_framework_claims.csv``.

Published: all 100 labelers of the replication sample of Amasino et al., a model each, the first 100
trials to train and the rest to test. Not known to us and therefore chosen, several of each, as
settings of the tables; claims are judged at the first of them, the plain one, not at the nearest:

- attributes: dollars and days, later minus now. Linear changes of unit do not move a minimiser, but
  do move plain averaged gradients; logarithms and roots are other models.
- non-decision time: 0, or half or nine tenths of the labeler's fastest training response.
- choice only: logistic regression, with a ridge penalty (of attributes of unit size), as choices of
  some labelers are separated.
- choice and time: the minimiser of the quadratic loss; or one pass of averaged gradients with
  constant steps of 1/2 over the mean of ``T |psi|^2``, from 0.
- log-normal race: by the quadratic loss with `lognormal_race`, or by maximum likelihood, spread and
  median of every labeler free, with log medians linear in the attributes' difference, or each
  option's in its own attributes.
- intervals of rt: mean and standard deviation of the labeler's diffusion for each comparison, its
  boundary from the mean response time, at the drifts found or, simpler, at drift 0 (its square is
  the mean time; this second reading was added because the first was far off).
- discount factor: ``exp(theta_delay / theta_amount)`` per day.

The rate is that of simulated streams: two attributes, independent and normal.
"""
