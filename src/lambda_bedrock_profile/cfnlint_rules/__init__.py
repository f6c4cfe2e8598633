"""The checks of declarations inside cfn-lint, and so in editors.

In ``.cfnlintrc``::

    append_rules:
      - lambda_bedrock_profile.cfnlint_rules

The ids are those of ``lambda-bedrock-profile lint``. Works with the folder's path, too.
"""

from lambda_bedrock_profile.cfnlint_rules.attributes import DeclarationAttributes
from lambda_bedrock_profile.cfnlint_rules.collisions import DeclarationNames
from lambda_bedrock_profile.cfnlint_rules.expandable import ExpandableTemplate
from lambda_bedrock_profile.cfnlint_rules.limits import ExpansionLimits
from lambda_bedrock_profile.cfnlint_rules.properties import DeclarationProperties
from lambda_bedrock_profile.cfnlint_rules.route import ModelRoute
from lambda_bedrock_profile.cfnlint_rules.transform import NamedMacro

__all__ = [
    "DeclarationAttributes",
    "DeclarationNames",
    "DeclarationProperties",
    "ExpandableTemplate",
    "ExpansionLimits",
    "ModelRoute",
    "NamedMacro",
]
