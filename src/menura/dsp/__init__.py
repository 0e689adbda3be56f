"""Building blocks of sound."""
