"""The checks of declarations inside cfn-lint, and so in editors.

In ``.cfnlintrc``::

    append_rules:
      - lambda_bedrock_profile.cfnlint_rules

The ids are those of ``lambda-bedrock-profile lint``. The path of this folder works, too: cfn-lint then reads every file
in it whose name starts with a letter.
"""

from lambda_bedrock_profile.cfnlint_rules.rules import CLASSES

globals().update(CLASSES)
