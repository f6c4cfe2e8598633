"""The stage of the provider's tests, here too."""

from tests.provider.conftest import provider, receiver, stage

__all__ = ["provider", "receiver", "stage"]
