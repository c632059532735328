"""Live: events in, alerts out; what was taken in and what was said survive a crash."""
