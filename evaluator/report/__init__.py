"""Reports: results to one HTML page that opens anywhere, without a network."""
