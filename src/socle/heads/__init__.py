"""What is put on a base: small layers that turn its states into scores."""
