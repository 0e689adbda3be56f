"""The HTTP server: menura behind the APIs that people's tools already speak."""
