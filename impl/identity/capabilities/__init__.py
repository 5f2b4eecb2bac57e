"""Capabilities that several features of identity share; a capability has no operations of its own."""
