"""Axles to groups: neighbours nearer than the threshold stand in one group."""

from collections.abc import Sequence

from gateway.core.vehicle import Layout


def group(spacings_mm: Sequence[int], threshold_mm: int) -> Layout:
    """The layout of a vehicle with these distances between neighbouring axles, front to rear.

    No spacings is one axle. A spacing equal to the threshold parts two groups.
    """
    sizes = [1]
    for spacing_mm in spacings_mm:
        if spacing_mm < threshold_mm:
            sizes[-1] += 1
        else:
            sizes.append(1)
    return tuple(sizes)
