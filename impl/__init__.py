"""The service behind the contract: programs, edge, domains, gateways, kernel."""
