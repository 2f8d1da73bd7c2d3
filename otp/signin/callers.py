"""The client of a request: its IP address, which headers can't forge, and what is stored of it."""

from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address, ip_network

from django.http import HttpRequest

from otp import rules
from otp.conf import conf

AGENT_LENGTH = 200


@dataclass(frozen=True)
class Caller:
    """A client. `network` is its IPv4 address or IPv6 /64, which is what one customer gets; "" if unknown."""

    network: str
    user_agent: str = ""
    trusted: bool = False

    @property
    def ip_hash(self) -> str:
        """A keyed hash of the network, so that the tables hold no IP address."""
        return rules.keyed_hash(conf.keys[0], "ip", self.network)[:32]

    @property
    def ip_prefix(self) -> str | None:
        """The part of the network that the log stores in clear; None unless OTP_LOG_IP_PREFIX is set."""
        if not (conf.log_ip_prefix and self.network):
            return None
        network = ip_network(self.network)
        bits = conf.log_ip_prefix if network.version == 4 else min(2 * conf.log_ip_prefix, network.prefixlen)
        return str(network.supernet(new_prefix=bits))


def caller_of(request: HttpRequest) -> Caller:
    """The caller behind a request."""
    ip = ip_address(client_ip(request))
    if isinstance(ip, IPv6Address):
        ip = ip.ipv4_mapped or ip
    network = str(ip) if ip.version == 4 else str(ip_network((ip, 64), strict=False))
    trusted = any(ip in ip_network(cidr) for cidr in conf.trusted_callers)
    return Caller(network, request.headers.get("User-Agent", "")[:AGENT_LENGTH], trusted)


def client_ip(request: HttpRequest) -> str:
    """The address that the gateway or the socket saw. Headers aren't read, because clients can send any."""
    context = request.META.get("apig_wsgi.full_event", {}).get("requestContext", {})
    source = context.get("identity", {}).get("sourceIp") or context.get("http", {}).get("sourceIp")
    return source or request.META["REMOTE_ADDR"]
