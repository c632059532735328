"""Reports: made from a run's findings, never from an engine."""
