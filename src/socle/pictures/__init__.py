"""Pictures of print: how they are turned, where lines of text stand, what they say."""
