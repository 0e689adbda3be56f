"""Engines: what makes sound. One folder or module each; only the studio imports them."""
