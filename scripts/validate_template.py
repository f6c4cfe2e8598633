"""Check a template with AWS's own offline validator: ``validate_template.py TEMPLATE [PARAMETER=VALUE …]``.

Optional parameters want a value here: the validator carries an empty default past the condition that guards it.
"""

from __future__ import annotations

import sys

from cloudformation_validate import CompositeEngine, Severity, ValidateConfig


def main(template: str, *assignments: str) -> int:
    """Print each finding at warning or above, and return whether there was one."""
    parameters = dict(assignment.split("=", 1) for assignment in assignments)
    config = ValidateConfig(severity_level=Severity.WARN, parameter_overrides=parameters)
    findings = CompositeEngine().validate_template(template, config).diagnostics
    for finding in findings:
        print(f"{template}:{finding.start_line}: {finding.severity.name} {finding.rule_id} {finding.message}")
    return int(bool(findings))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
