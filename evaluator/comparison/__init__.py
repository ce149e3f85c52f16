"""Two sets of rules over the same claims: what a change does before it goes live."""
