"""Where a template is expanded for: everything the expansion needs to know that does not stand in the template."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, Literal, NamedTuple

from lambda_bedrock_profile import names
from lambda_bedrock_profile.bedrock import partition
from lambda_bedrock_profile.organisation import NO_RULES, Organisation
from lambda_bedrock_profile.template.intrinsics import Scope
from lambda_bedrock_profile.values import Expression, Json

ProfileMode = Literal["native", "provider", "auto", "move-to-native", "move-to-provider"]

_MOVED: Final = {"move-to-native": names.NATIVE_PROFILE, "move-to-provider": names.PROVIDER_PROFILE}


class StackContext(NamedTuple):
    """The stack's Region and account, its parameter values, and what the macro was deployed with.

    ``provider_arn`` is the ARN of the provider function, or an expression that comes to it, such as a call of
    Fn::ImportValue; None if it is not deployed. ``profile_mode`` says how inference profiles are made: by
    CloudFormation's own type (``native``), by the provider's custom resource (``provider``), or by whichever the Region
    had when a catalog first listed it (``auto``). ``move-to-native`` and ``move-to-provider`` replace profiles by those
    of that form. ``local_code`` lets ``Code`` be a path, for a build step that follows the expansion.
    ``serverless_first`` says that the Serverless transform will come before the macro, and has not done so yet.
    ``organisation`` are the rules that the macro's stack was deployed with.
    """

    region: str
    account_id: str | None = None
    parameters: Mapping[str, Json] = MappingProxyType({})
    provider_arn: str | Mapping[str, Json] | None = None
    profile_mode: ProfileMode = "auto"
    local_code: bool = False
    serverless_first: bool = False
    organisation: Organisation = NO_RULES

    def scope(self, template: Mapping[str, Json]) -> Scope:
        """What the expressions of ``template`` can refer to before deployment."""
        pseudo = {"AWS::Region": self.region, "AWS::Partition": partition(self.region)}
        if self.account_id:
            pseudo["AWS::AccountId"] = self.account_id
        return Scope.of(template, self.parameters, pseudo)

    @property
    def profile_part(self) -> str:
        """The part of a declaration that its profile is, one of ``names``: another one once profiles are moved."""
        return _MOVED.get(self.profile_mode, names.PROFILE)

    @property
    def service_token(self) -> Expression:
        """The provider's ARN as a template writes it, with pseudo parameters for what is the stack's own; or None."""
        arn = self.provider_arn.split(":") if isinstance(self.provider_arn, str) else []
        if len(arn) != 7 or arn[3:5] != [self.region, self.account_id]:
            return self.provider_arn
        return {"Fn::Sub": f"arn:${{AWS::Partition}}:lambda:${{AWS::Region}}:${{AWS::AccountId}}:{arn[5]}:{arn[6]}"}
