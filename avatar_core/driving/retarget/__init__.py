"""From a tracked face to a FLAME head: landmarks in common, and the fit on them."""
