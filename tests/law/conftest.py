"""Law is timed by its benchmark; a busy machine is no fault of the law. A run over mutants asks for fewer examples."""

import os

from hypothesis import settings

settings.register_profile("law", deadline=None)
settings.register_profile("mutants", deadline=None, derandomize=True, max_examples=12, database=None)
settings.load_profile("mutants" if "WEIGHGATE_LAW_MUTANTS" in os.environ else "law")
