"""Sound as pictures: what cannot be heard here can at least be looked at."""

from menura.pictures.overview import draw_overview, save_png

__all__ = ["draw_overview", "save_png"]
