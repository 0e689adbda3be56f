"""Sources: interface."""
