"""Machine-readable parts of documents (embedded invoices, bar codes, forms), best first."""
