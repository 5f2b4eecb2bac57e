"""Service behind the contract: programs, edge, domains, gateways and kernel."""
