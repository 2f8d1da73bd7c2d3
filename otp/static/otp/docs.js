"use strict";

// Show the OpenAPI document. Swagger UI would else ask a server of its makers whether the document is valid.
const docs = document.querySelector("#docs");
SwaggerUIBundle({ domNode: docs, url: docs.dataset.document, deepLinking: true, validatorUrl: null });
