"""From texts to weights: windows, batches, features, the logistic head, and the one loop."""
