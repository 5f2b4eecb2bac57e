"use strict";

// docExpansion: of more than 150 operations and tags at once, Swagger UI renders those in view only, and the search of a
// browser does not find the others. validatorUrl is null because its default sends the document's address to a server of others.
window.ui = SwaggerUIBundle({
  url: "api/v1/openapi.json",
  dom_id: "#docs",
  deepLinking: true,
  displayOperationId: true,
  displayRequestDuration: true,
  docExpansion: "none",
  filter: true,
  tryItOutEnabled: true,
  validatorUrl: null,
});
