"""Bedrock's routing: which Regions a foundation model is reached through, from where, and by which inference profile.

``Catalog.route`` turns a ``Request`` (foundation model, source Region, geography) into a ``Route``, or reports why
there is none. What is known is in ``profiles.json``, ``lifecycle.json`` and ``prices.json``, each dated and with its
sources; the code only interprets them. Nothing in here knows templates.

``names``: geographies, Regions, ids. ``data``: the values and the text of the catalog. ``availability``: question and
answer. ``routing``: from question to answer. ``errors``, ``contradictions``, ``unreached`` and ``advice``: why there
is no route, and what to write.
``lifecycle``: when models end. ``prices``: what a call costs; only the command line has them. ``merge`` and ``live``:
bringing the catalog up to date.
"""

from lambda_bedrock_profile.bedrock.availability import Request, Route
from lambda_bedrock_profile.bedrock.names import GEOGRAPHIES, is_region, partition, split_profile_id
from lambda_bedrock_profile.bedrock.routing import Catalog

__all__ = ["GEOGRAPHIES", "Catalog", "Request", "Route", "is_region", "partition", "split_profile_id"]
