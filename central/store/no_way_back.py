"""What every migration of central's store answers to the wish to go back."""


def no_way_back() -> None:
    """A revision's `downgrade`."""
    raise NotImplementedError("records are never taken apart; restore the backup made before the upgrade")
