"""The tree under which services are filed."""
