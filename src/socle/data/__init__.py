"""Examples that belong together: reading them, splitting them, and checking them."""
