"""What a log says so far: who belongs, which texts stand, whose keys and heads hold. Pure."""
