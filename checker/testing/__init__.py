"""Fixtures and mutants: policies are tested, and the tests are tested."""

from checker.testing.fixtures import Result, Suite, results, suites_at

__all__ = ["Result", "Suite", "results", "suites_at"]
