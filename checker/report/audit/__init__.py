"""The audit report: a frozen value made of a run directory, and what it is rendered to."""
