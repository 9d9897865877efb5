"""What the record says of an agreement and its places: rules, rates and patterns, above ``layers.spatial``."""
