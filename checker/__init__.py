"""Service standards as code: policies in, verdicts and reports out."""

__version__ = "0.1.0"
