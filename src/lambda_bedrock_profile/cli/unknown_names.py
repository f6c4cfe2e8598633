"""References to names that are nothing: cfn-lint answers with the list of all names, generated ones among them.

What a user wants to know is that the name is none of the template, and which one was meant.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from lambda_bedrock_profile.cli.linter import Remark
from lambda_bedrock_profile.diagnostics import nearest
from lambda_bedrock_profile.values import Json

_NO_SUCH_NAME: Final = re.compile(r"'([0-9A-Za-z.]+)' is not one of \[(.*)\]", re.DOTALL)
_LOGICAL_ID: Final = re.compile("[0-9A-Za-z]+")


def in_words(remark: Remark, template: Mapping[str, Json]) -> Remark:
    """``remark`` with its words changed, if it is about a Ref, an Fn::Sub or a DependsOn to nothing of ``template``."""
    match = _NO_SUCH_NAME.fullmatch(remark.what)
    if match is None or not _LOGICAL_ID.fullmatch(match[1]):
        return remark
    name, waits = match[1], remark.rule.id == "E3005"
    if not waits and "'AWS::AccountId'" not in match[2]:
        return remark
    sections = ("Resources",) if waits else ("Resources", "Parameters")
    near = nearest(name, [each for section in sections for each in template.get(section) or ()], 0.8)
    kinds = "no resource" if waits else "neither a resource nor a parameter"
    add = f"Remove {name}" if waits else f"Add {name} to the Parameters"
    add += f", write ${{!{name}}} if that is to stay as it is" if remark.rule.id == "E1019" else ""
    fix = f"Did you mean {near}?" if near else f"{add}, or write a name that is there"
    return remark._replace(what=f"{name} is {kinds} of the template", fix=fix)
