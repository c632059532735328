"""The policy language: everything people write, as frozen models without I/O (language.md)."""
