"""What was decided about the network of one declaration. Builders read it and decide nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any


@dataclass(frozen=True, slots=True)
class Vpc:
    """A VPC, as expressions.

    ``key`` is the same for all declarations that use the VPC, and the start of the ids of its endpoints: stable for
    ever. ``subnet_ids`` are the function's, ``endpoint_subnet_ids`` those of them that endpoints go to, one a zone.
    ``cidr_blocks`` are empty where nobody tells them. ``known_id`` is the id where it is known before deployment, to
    compare and never to show. ``elsewhere`` says that the template does not make the VPC, so another account may
    have shared its subnets.
    """

    key: str
    id: Any
    subnet_ids: Any
    endpoint_subnet_ids: Any
    cidr_blocks: tuple[Any, ...]
    known_id: str | None = None
    elsewhere: bool = False


@dataclass(frozen=True, slots=True)
class NewVpc:
    """A VPC to make, with a subnet for each of ``subnet_blocks``.

    ``provider`` is the token of the provider that closes its default security group, None where there is none.
    ``default_block`` says that the user leaves the VPC's own block open.
    """

    subnet_blocks: tuple[Any, ...]
    flow_log: bool
    provider: Any
    default_block: bool


@dataclass(frozen=True, slots=True)
class Network:
    """The network of the function of one declaration.

    ``services`` are the endpoint services that the declaration asks for. ``security_groups`` are the function's own,
    one expression each, ``AWS::NoValue`` for one that a condition leaves out, and ``security_group_ids`` the expression
    of all of them; without any, one is generated. ``added_groups`` are what a new function gets besides, for ends of
    the user's.
    """

    vpc: Vpc
    services: tuple[str, ...]
    new: NewVpc | None = None
    security_groups: tuple[Any, ...] = ()
    security_group_ids: Any = None
    added_groups: tuple[Any, ...] = ()

    def pointed(self, point: Callable[[Any], Any]) -> Network:
        """The same with ``point`` applied to the user's expressions."""
        vpc = replace(
            self.vpc,
            id=point(self.vpc.id),
            subnet_ids=point(self.vpc.subnet_ids),
            endpoint_subnet_ids=point(self.vpc.endpoint_subnet_ids),
            cidr_blocks=tuple(point(block) for block in self.vpc.cidr_blocks),
        )
        return replace(
            self,
            vpc=vpc,
            security_groups=tuple(point(group) for group in self.security_groups),
            security_group_ids=point(self.security_group_ids),
            added_groups=tuple(point(group) for group in self.added_groups),
        )
