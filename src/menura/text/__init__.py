"""Text on its way to speech: cleaned, then cut into chunks."""
