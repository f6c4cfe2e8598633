"""The release template on the embedded AWS: deployed without the SAM CLI, and without any transform."""

from __future__ import annotations

import json
from pathlib import Path

from lambda_bedrock_profile.cli.read import read
from lambda_bedrock_profile.cli.yaml_format import yaml_text
from scripts.plain_template import code_key, plain
from scripts.release import archive
from tests.e2e.account import Account
from tests.support.macro_stack import PARAMETERS

ROOT = Path(__file__).parents[2]


def test_the_release_template_deploys_a_macro_that_answers(account: Account, built: Path, tmp_path: Path) -> None:
    """The code is taken from the bucket under the key that holds its digest, and the macro's function expands."""
    code = tmp_path / "code.zip"
    key = code_key("1.2.3", archive(built.parent / "MacroFunction", code))
    template = yaml_text(plain(read(str(ROOT / "template.yaml")).template, key))
    storage = account.aws.client("s3")
    storage.create_bucket(Bucket="releases")
    storage.put_object(Bucket="releases", Key=key, Body=code.read_bytes())
    parameters = {**PARAMETERS, "MacroName": "Released", "CodeBucket": "releases"}
    outputs = account.deploy(template, parameters)
    event = json.loads((ROOT / "events" / "macro-create.json").read_text(encoding="utf-8"))
    answer = account.invoke(outputs["MacroFunctionArn"], event)
    assert answer["status"] == "success"
    assert answer["fragment"]["Resources"]["Assistant"]["Type"] == "AWS::Lambda::Function"
    account.delete()
    storage.delete_object(Bucket="releases", Key=key)
    storage.delete_bucket(Bucket="releases")
