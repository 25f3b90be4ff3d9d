"""What central sends down, at the edge: proven, kept on disk, in force at its time, taken back when it must be."""
