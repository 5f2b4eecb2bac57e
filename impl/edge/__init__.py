"""Edge: processing of inbound requests before their handlers, and of replies before they are sent."""
