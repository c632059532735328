"""Measurements: the checker against a floor and against hand-written scripts, as ratios within one run."""
