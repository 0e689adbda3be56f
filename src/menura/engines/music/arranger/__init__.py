"""The arranger: composes a plan, writes its notes, performs and mixes them."""
