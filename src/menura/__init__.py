"""menura."""
