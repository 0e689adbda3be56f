"""Lets the tests below share the plans of music_plans.py."""
