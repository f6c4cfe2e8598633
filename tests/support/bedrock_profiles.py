"""How Bedrock keeps application inference profiles, where the embedded AWS's own engine differs.

A profile is named by id or by ARN; it lists the models of the profile it was copied from, not that profile; a listing
may ask for one type; and of two application profiles none has the name of the other.

Source: Amazon Bedrock API Reference, "GetInferenceProfile" and "CreateInferenceProfile".
"""

from __future__ import annotations

import json
from typing import Any

_sources: dict[str, str] = {}


def profile_id(identifier: str) -> str:
    """The id in an ARN of a profile; any other identifier as it is."""
    return identifier.rpartition("/")[2] if identifier.startswith("arn:") else identifier


def models(engine: Any, identifier: str) -> list[str]:
    """The ARNs of the models that a profile leads to; none where there is no such profile."""
    status, _, body = engine._get_inference_profile(identifier)
    return [model["modelArn"] for model in json.loads(body)["models"]] if status == 200 else []


def tags(engine: Any, arn: str) -> dict[str, str]:
    """The tags of the profile ``arn``."""
    tags: dict[str, str] = engine._tags.get(arn, {})
    return dict(tags)


def source(arn: str) -> str:
    """What the application inference profile ``arn`` was copied from; the ARN itself if it is none that was made."""
    return _sources.get(arn, arn)


def install(engine: Any, *, unique_names: bool = True) -> None:
    """Put this in the place of what the engine's module for Bedrock does.

    ``unique_names``: a second application inference profile of one name is refused.
    """
    get, listed = engine._get_inference_profile, engine._list_inference_profiles
    create, delete = engine._create_inference_profile, engine._delete_inference_profile

    def create_with_models(body: bytes) -> Any:
        name = json.loads(body)["inferenceProfileName"]
        made = engine._inference_profiles_apps.values()
        if unique_names and any(profile["InferenceProfileName"] == name for profile in made):
            return engine._conflict(f"Inference profile {name} exists.")
        answer = create(body)
        if answer[0] == 201:
            arn = json.loads(answer[2])["inferenceProfileArn"]
            _sources[arn] = json.loads(body)["modelSource"]["copyFrom"]
            if model_arns := models(engine, _sources[arn]):
                profile = engine._inference_profiles_apps[profile_id(arn)]
                profile["Models"] = [{"ModelArn": model} for model in model_arns]
        return answer

    def list_of_type(query: Any) -> Any:
        return listed({**query, "typeEquals": query.get("type")})

    engine._list_inference_profiles = list_of_type
    engine._get_inference_profile = lambda identifier: get(profile_id(identifier))
    engine._delete_inference_profile = lambda identifier: delete(profile_id(identifier))
    engine._create_inference_profile = create_with_models
