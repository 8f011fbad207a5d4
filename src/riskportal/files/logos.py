"""A provider's logo: decoded and drawn anew, so that nothing of an uploaded file but its pixels is kept.

What a picture carries besides (comments, places, scripts after its end) is gone, a picture that doesn't decode
is refused, and one that is larger than any page shows is made smaller. typst does it, which has the decoders;
it runs no code of a picture and fetches nothing.
"""

from __future__ import annotations

import io
import tempfile
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from sqlalchemy import delete
from sqlalchemy.orm import Session

from riskportal.files.blobs import BlobStore
from riskportal.files.images import Image, NotAnImage, UnknownKind, inspect_image
from riskportal.files.models import StoredFile
from riskportal.files.services import store_image
from riskportal.plug.messages import _
from riskportal.tenancy.models import Tenant
from riskportal.tenancy.services import config_changed, lock_tenant

MAX_LOGO_BYTES = 1024 * 1024
# A picture that compresses well may be megabytes once it is drawn.
LARGEST_SIDE = 3000
MAX_STORED_BYTES = 4 * 1024 * 1024
# Twice what invoices and screens of high density show.
WIDEST, HIGHEST = 1200, 400
MEDIA_TYPES = ("image/png", "image/jpeg")
NAME = "logo.png"


@dataclass(frozen=True)
class Logo:
    """A logo that was drawn anew: PNG, whatever it was."""

    content: bytes
    media_type: str
    sha256: str


def read_logo(data: bytes) -> Logo:
    """A PNG or JPEG picture of at most MAX_LOGO_BYTES, drawn anew; NotAnImage says what is wrong with it."""
    if len(data) > MAX_LOGO_BYTES:
        raise NotAnImage(_("The picture is too large. It may have at most {n} KB.", n=MAX_LOGO_BYTES // 1024))
    try:
        image = inspect_image(data, largest_side=LARGEST_SIDE)
    except UnknownKind:
        image = None
    if image is None or image.media_type not in MEDIA_TYPES:
        raise NotAnImage(_("This is not a picture we can use. Upload a PNG or JPEG file."))
    drawn = _drawn(data, image)
    return Logo(drawn, "image/png", sha256(drawn).hexdigest())


def _drawn(data: bytes, image: Image) -> bytes:
    import typst

    fonts = typst.Fonts(include_system_fonts=False)
    scale = min(1.0, WIDEST / image.width, HIGHEST / image.height)
    width, height = max(1, round(image.width * scale)), max(1, round(image.height * scale))
    kind = image.media_type.removeprefix("image/").replace("jpeg", "jpg")
    markup = (
        f"#set page(width: {width}pt, height: {height}pt, margin: 0pt, fill: none)\n"
        f'#image(read("picture", encoding: none), format: "{kind}", width: {width}pt, height: {height}pt)'
    )
    with tempfile.TemporaryDirectory(prefix="riskportal-logo-") as folder:
        root, page = Path(folder), Path(folder) / "page.typ"
        (root / "picture").write_bytes(data)
        page.write_text(markup, encoding="ascii")
        try:
            # 72 points to the inch: a point is a pixel.
            return typst.compile(page, root=root, format="png", ppi=72, font_paths=fonts)
        except typst.TypstError:
            raise NotAnImage(_("This picture is damaged. Save it anew and upload it again.")) from None


def set_logo(db: Session, blobs: BlobStore, data: bytes) -> None:
    """Make a picture the logo of the session's tenant; NotAnImage when it can't be one."""
    logo = read_logo(data)
    tenant = lock_tenant(db)
    _forget(db, tenant)
    store_image(db, blobs, io.BytesIO(logo.content), name=NAME, limit=MAX_STORED_BYTES)
    tenant.logo_sha256, tenant.logo_media_type = logo.sha256, logo.media_type
    config_changed(tenant)


def remove_logo(db: Session) -> bool:
    """Show the first letter of the brand again instead of a logo; False when there is none."""
    tenant = lock_tenant(db)
    if tenant.logo_sha256 is None:
        return False
    _forget(db, tenant)
    tenant.logo_sha256 = tenant.logo_media_type = None
    config_changed(tenant)
    return True


def _forget(db: Session, tenant: Tenant) -> None:
    """Drop the row of the logo so far. Its bytes stay: invoices of its days print it."""
    old = (StoredFile.sha256 == tenant.logo_sha256, StoredFile.name == NAME, StoredFile.bill_group_id.is_(None))
    db.execute(delete(StoredFile).where(*old))
