"""Pictures in the storage, and the addresses at which they are shown."""
