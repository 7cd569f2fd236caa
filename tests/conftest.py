"""Every run of the tests draws the same random examples; ``SIB_RANDOM=1`` draws fresh ones."""

import os

from hypothesis import settings

settings.register_profile("the same each time", derandomize=not os.environ.get("SIB_RANDOM"))
settings.load_profile("the same each time")
