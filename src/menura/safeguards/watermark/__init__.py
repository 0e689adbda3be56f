"""The watermark: an inaudible, keyed pattern of band energies that says "this was generated".

`embed` (or the streaming `Embedder`) puts it in, `detect` finds it with a bound on false alarms
that counts the whole search, `outlook` says of a sound just made whether it will. See
docs/watermark.md for what it survives and what removes it.
"""

from menura.safeguards.watermark.detect import Detection, detect
from menura.safeguards.watermark.embed import Embedder, embed
from menura.safeguards.watermark.layout import PAYLOAD_BYTES, PERIOD_S, PUBLIC_KEY
from menura.safeguards.watermark.masking import Profile
from menura.safeguards.watermark.outlook import Outlook, has_room, outlook

__all__ = [
    "PAYLOAD_BYTES",
    "PERIOD_S",
    "PUBLIC_KEY",
    "Detection",
    "Embedder",
    "Outlook",
    "Profile",
    "detect",
    "embed",
    "has_room",
    "outlook",
]
