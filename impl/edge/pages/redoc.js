"use strict";

// The fonts are the visitor's own: the default ones would come from a server of others.
const text = { fontFamily: "system-ui, sans-serif" };
Redoc.init(
  "api/v1/openapi.json",
  {
    expandResponses: "200,201,202,204",
    jsonSamplesExpandLevel: "all",
    showExtensions: ["x-permissions", "x-rate-limit"],
    theme: { typography: { ...text, headings: text, code: { fontFamily: "ui-monospace, monospace" } } },
  },
  document.getElementById("redoc"),
);
