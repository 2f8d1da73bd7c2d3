"""HTTP events of API Gateway, for a WSGI application: apig-wsgi converts them, this finds the stage in the path."""

from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import quote

from apig_wsgi import make_lambda_handler

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


def handler_of(application: Application) -> Callable[[dict[str, Any], Any], dict[str, Any]]:
    """A function from an event (of payload 1.0 or 2.0) and its context to the response."""
    handle = make_lambda_handler(below_stage(application), binary_support=True)

    def respond(event: dict[str, Any], context: Any) -> dict[str, Any]:
        name = "rawPath" if event.get("version") == "2.0" else "path"
        return handle({**event, name: quote(event[name], safe="/%")}, context)  # it expects a quoted path

    return respond


def below_stage(application: Application) -> Application:
    """Serve the application below the stage's path where the URL has it: at AWS's own address, not at a domain."""

    def serve(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        event, path = environ["apig_wsgi.full_event"], environ["PATH_INFO"]
        context = event["requestContext"]
        prefix = f"/{context.get('stage')}"
        if event.get("version") == "2.0":  # the path includes the stage
            if f"{path}/".startswith(f"{prefix}/"):
                environ["SCRIPT_NAME"], environ["PATH_INFO"] = prefix, path.removeprefix(prefix)
        elif context.get("path", event["path"]) != event["path"]:  # the context's path alone includes it
            environ["SCRIPT_NAME"] = prefix
        return application(environ, start_response)

    return serve
