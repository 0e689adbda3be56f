"""Sources: signals."""
