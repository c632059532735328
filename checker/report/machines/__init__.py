"""The findings of a run for other programs: JSON Lines, CSV, SARIF, OSCAL; all of them the same masked rows."""
