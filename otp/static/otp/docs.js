"use strict";

// Show the OpenAPI document. Swagger UI would else ask a server of its makers whether the document is valid; and its deep
// links are links within buttons, which a screen reader can't tell apart.
const docs = document.querySelector("#docs");
SwaggerUIBundle({
  domNode: docs,
  url: docs.dataset.document,
  deepLinking: false,
  validatorUrl: null,
  syntaxHighlight: { theme: "tomorrow-night" }, // the first choice of its makers writes numbers in too dark a red
  plugins: [{ wrapComponents: { TextArea: named("Request body") } }],
  onComplete: () => docs.querySelector("#servers")?.setAttribute("aria-label", "Server"),
});

// Two of its fields have no label.
function named(name) {
  return (Original, { React }) => (props) => React.createElement(Original, { "aria-label": name, ...props });
}

// Its night is a class, which it leaves to others to set.
const night = matchMedia("(prefers-color-scheme: dark)");
const follow = () => document.documentElement.classList.toggle("dark-mode", night.matches);
night.addEventListener("change", follow);
follow();
