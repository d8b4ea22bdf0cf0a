"""The demonstration: invented coops, really run. `coops.toml` has them, `town` starts them."""
