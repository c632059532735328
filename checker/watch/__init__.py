"""Live watching: what is open, what is due, and what is said of it while time runs."""
