"""Tables of choices: validated, read, fetched, summed."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(__name__, ["datasets"])
