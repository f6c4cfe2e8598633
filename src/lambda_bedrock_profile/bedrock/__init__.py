"""Bedrock's routing: which Regions a foundation model is reached through, from where, and by which inference profile.

``Catalog.route`` turns (foundation model, source Region, geography) into a ``Route`` or a ``Refusal``. What is known
lives in ``profiles.json``, dated and sourced; the code only interprets it. Nothing in here knows templates.
"""

from lambda_bedrock_profile.bedrock.geographies import GEOGRAPHIES, split_profile_id
from lambda_bedrock_profile.bedrock.lookup import Catalog
from lambda_bedrock_profile.bedrock.regions import partition
from lambda_bedrock_profile.bedrock.route import Refusal, Route

__all__ = ["GEOGRAPHIES", "Catalog", "Refusal", "Route", "partition", "split_profile_id"]
