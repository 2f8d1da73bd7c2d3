"use strict";

// Show the OpenAPI document. By default Swagger UI sends the document to its makers' validator, and its deep links are
// links inside buttons, which screen readers can't tell apart.
const docs = document.querySelector("#docs");
SwaggerUIBundle({
  domNode: docs,
  url: docs.dataset.document,
  deepLinking: false,
  validatorUrl: null,
  syntaxHighlight: { theme: "tomorrow-dark" }, // the default shows numbers in too dark a red
  plugins: [{ wrapComponents: { TextArea: named("Request body") } }],
  onComplete: () => docs.querySelector("#servers")?.setAttribute("aria-label", "Server"),
});

// Two of its fields have no label of their own.
function named(name) {
  return (Original, { React }) => (props) => React.createElement(Original, { "aria-label": name, ...props });
}

// Its lists of examples have none either. They appear when an operation is opened.
new MutationObserver(() => {
  for (const list of docs.querySelectorAll(".examples-select select:not([aria-label])")) {
    list.setAttribute("aria-label", "Example");
  }
}).observe(docs, { childList: true, subtree: true });

// Its dark mode is a class that the page has to set.
const dark = matchMedia("(prefers-color-scheme: dark)");
const follow = () => document.documentElement.classList.toggle("dark-mode", dark.matches);
dark.addEventListener("change", follow);
follow();
