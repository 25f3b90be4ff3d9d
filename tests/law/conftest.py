"""Law is timed by its benchmark; a busy machine is no fault of the law."""

from hypothesis import settings

settings.register_profile("law", deadline=None)
settings.load_profile("law")
