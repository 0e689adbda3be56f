"""Engines that make sound effects and ambience."""
