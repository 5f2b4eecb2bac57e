"use strict";

// validatorUrl is null because its default sends the document's address to a server of others.
window.ui = SwaggerUIBundle({
  url: "api/v1/openapi.json",
  dom_id: "#docs",
  deepLinking: true,
  displayOperationId: true,
  displayRequestDuration: true,
  filter: true,
  tryItOutEnabled: true,
  validatorUrl: null,
});
