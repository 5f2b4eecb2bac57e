"""How a service provider presents the business."""
