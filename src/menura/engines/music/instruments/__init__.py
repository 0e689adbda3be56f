"""Instruments: models that turn the notes of one player into sound."""
