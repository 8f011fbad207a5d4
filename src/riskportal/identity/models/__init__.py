"""The tables of identity, by what they are about; import them from here."""

from riskportal.identity.models.people import (
    EMAIL_LENGTH,
    AccessRule,
    ApiToken,
    Membership,
    NotificationChoice,
    SavedView,
    StaffMember,
    User,
)
from riskportal.identity.models.proofs import (
    CREDENTIAL_LENGTH,
    Passkey,
    PasskeyChallenge,
    Password,
    RecoveryCode,
    Totp,
)
from riskportal.identity.models.signin import (
    KnownDevice,
    OneTimeLink,
    PendingSignIn,
    PreviewSession,
    SignInRequest,
    UserSession,
)

__all__ = [
    "CREDENTIAL_LENGTH",
    "EMAIL_LENGTH",
    "AccessRule",
    "ApiToken",
    "KnownDevice",
    "Membership",
    "NotificationChoice",
    "OneTimeLink",
    "Passkey",
    "PasskeyChallenge",
    "Password",
    "PendingSignIn",
    "PreviewSession",
    "RecoveryCode",
    "SavedView",
    "SignInRequest",
    "StaffMember",
    "Totp",
    "User",
    "UserSession",
]
