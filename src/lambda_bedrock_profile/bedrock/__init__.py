"""Bedrock's routing: which Regions a foundation model is reached through, from where, and by which inference profile.

``Catalog.route`` turns a ``Request`` (foundation model, source Region, geography) into a ``Route``, or reports why
there is none. What is known is in ``profiles.json``, ``lifecycle.json`` and ``prices.json``, each dated and with its
sources; the code only interprets them. Nothing in here knows templates.

``identifiers``: geographies, Regions, ids. ``data``: the values and the text of the catalog. ``routing``: from question
to answer. ``catalog``: all that can be asked. ``route_errors`` and ``model_errors``: why there is no route, and what to
write. ``lifecycle`` and ``stages``: when models end, and what that means on a day. ``prices``: what a call costs; only
the command line has them. ``live`` and ``merge``: bringing the catalog up to date.
"""

from lambda_bedrock_profile.bedrock.catalog import Catalog
from lambda_bedrock_profile.bedrock.identifiers import GEOGRAPHIES, is_region, partition, split_profile_id
from lambda_bedrock_profile.bedrock.routing import Request, Route

__all__ = ["GEOGRAPHIES", "Catalog", "Request", "Route", "is_region", "partition", "split_profile_id"]
