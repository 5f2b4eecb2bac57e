"""What a service provider offers, from the draft to the published listing."""
