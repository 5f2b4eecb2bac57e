"""Home-services category tree, with stable ids and slugs, because links and listings refer to them."""

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

import sqlalchemy as sa
from alembic import op

from impl.kernel.tables import UtcDateTime
from migrations.limits import limit

revision: str = "0004_categories"
down_revision: str | None = "0003_marketplace"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

# (id, slug of the group above or None, slug, name); the order is the order of display.
TREE: tuple[tuple[str, str | None, str, str], ...] = (
    ("01980000-0000-7000-8000-000000000f00", None, "plumbing", "Plumbing"),
    ("01980000-0000-7000-8000-000000000f01", "plumbing", "tap-and-leak-repair", "Tap and leak repair"),
    ("01980000-0000-7000-8000-000000000f02", "plumbing", "drain-cleaning", "Drain cleaning"),
    ("01980000-0000-7000-8000-000000000f03", "plumbing", "water-heaters", "Water heaters"),
    ("01980000-0000-7000-8000-000000000f04", "plumbing", "toilets", "Toilet repair and installation"),
    ("01980000-0000-7000-8000-000000000f05", "plumbing", "faucets-sinks", "Faucets and sinks"),
    ("01980000-0000-7000-8000-000000000f06", "plumbing", "sewer-lines", "Sewer lines"),
    ("01980000-0000-7000-8000-000000000f07", "plumbing", "water-filtration", "Water filtration and softening"),
    ("01980000-0000-7000-8000-000000001000", None, "electrical", "Electrical"),
    ("01980000-0000-7000-8000-000000001001", "electrical", "wiring-rewiring", "Wiring and rewiring"),
    ("01980000-0000-7000-8000-000000001002", "electrical", "panel-upgrades", "Electrical panel upgrades"),
    ("01980000-0000-7000-8000-000000001003", "electrical", "lighting", "Lighting installation"),
    ("01980000-0000-7000-8000-000000001004", "electrical", "outlets-switches", "Outlets and switches"),
    ("01980000-0000-7000-8000-000000001005", "electrical", "ceiling-fans", "Ceiling fans"),
    ("01980000-0000-7000-8000-000000001006", "electrical", "ev-chargers", "EV charger installation"),
    ("01980000-0000-7000-8000-000000001007", "electrical", "standby-generators", "Standby generators"),
    ("01980000-0000-7000-8000-000000001100", None, "heating-cooling", "Heating and cooling"),
    ("01980000-0000-7000-8000-000000001101", "heating-cooling", "furnaces-boilers", "Furnaces and boilers"),
    ("01980000-0000-7000-8000-000000001102", "heating-cooling", "air-conditioning", "Air conditioning"),
    ("01980000-0000-7000-8000-000000001103", "heating-cooling", "heat-pumps", "Heat pumps"),
    ("01980000-0000-7000-8000-000000001104", "heating-cooling", "ductwork", "Duct installation and sealing"),
    ("01980000-0000-7000-8000-000000001105", "heating-cooling", "duct-cleaning", "Duct cleaning"),
    ("01980000-0000-7000-8000-000000001106", "heating-cooling", "thermostats", "Thermostats"),
    ("01980000-0000-7000-8000-000000001107", "heating-cooling", "ventilation", "Ventilation and air quality"),
    ("01980000-0000-7000-8000-000000001200", None, "roofing-gutters", "Roofing and gutters"),
    ("01980000-0000-7000-8000-000000001201", "roofing-gutters", "roof-repair", "Roof repair"),
    ("01980000-0000-7000-8000-000000001202", "roofing-gutters", "roof-replacement", "Roof replacement"),
    ("01980000-0000-7000-8000-000000001203", "roofing-gutters", "roof-inspection", "Roof inspection"),
    ("01980000-0000-7000-8000-000000001204", "roofing-gutters", "gutter-cleaning", "Gutter cleaning"),
    ("01980000-0000-7000-8000-000000001205", "roofing-gutters", "gutter-installation", "Gutter installation"),
    ("01980000-0000-7000-8000-000000001206", "roofing-gutters", "skylights", "Skylights"),
    ("01980000-0000-7000-8000-000000001207", "roofing-gutters", "chimneys", "Chimney sweeping and repair"),
    ("01980000-0000-7000-8000-000000001300", None, "carpentry-repairs", "Carpentry and repairs"),
    ("01980000-0000-7000-8000-000000001301", "carpentry-repairs", "handyman", "Handyman jobs"),
    ("01980000-0000-7000-8000-000000001302", "carpentry-repairs", "furniture-assembly", "Furniture assembly"),
    ("01980000-0000-7000-8000-000000001303", "carpentry-repairs", "drywall", "Drywall"),
    ("01980000-0000-7000-8000-000000001304", "carpentry-repairs", "trim-molding", "Trim and molding"),
    ("01980000-0000-7000-8000-000000001305", "carpentry-repairs", "cabinetry", "Cabinetry"),
    ("01980000-0000-7000-8000-000000001306", "carpentry-repairs", "decks-porches", "Decks and porches"),
    ("01980000-0000-7000-8000-000000001307", "carpentry-repairs", "shelving-closets", "Shelving and closets"),
    ("01980000-0000-7000-8000-000000001400", None, "painting-finishes", "Painting and finishes"),
    ("01980000-0000-7000-8000-000000001401", "painting-finishes", "interior-painting", "Interior painting"),
    ("01980000-0000-7000-8000-000000001402", "painting-finishes", "exterior-painting", "Exterior painting"),
    ("01980000-0000-7000-8000-000000001403", "painting-finishes", "cabinet-refinishing", "Cabinet refinishing"),
    ("01980000-0000-7000-8000-000000001404", "painting-finishes", "wallpaper", "Wallpaper"),
    ("01980000-0000-7000-8000-000000001405", "painting-finishes", "staining-sealing", "Staining and sealing"),
    ("01980000-0000-7000-8000-000000001406", "painting-finishes", "plaster-stucco", "Plaster and stucco"),
    ("01980000-0000-7000-8000-000000001500", None, "flooring-tile", "Flooring and tile"),
    ("01980000-0000-7000-8000-000000001501", "flooring-tile", "hardwood-floors", "Hardwood floors"),
    ("01980000-0000-7000-8000-000000001502", "flooring-tile", "laminate-vinyl", "Laminate and vinyl"),
    ("01980000-0000-7000-8000-000000001503", "flooring-tile", "carpet", "Carpet installation"),
    ("01980000-0000-7000-8000-000000001504", "flooring-tile", "tiling", "Tiling"),
    ("01980000-0000-7000-8000-000000001505", "flooring-tile", "floor-refinishing", "Floor refinishing"),
    ("01980000-0000-7000-8000-000000001506", "flooring-tile", "grout-repair", "Grout cleaning and repair"),
    ("01980000-0000-7000-8000-000000001600", None, "cleaning", "Cleaning"),
    ("01980000-0000-7000-8000-000000001601", "cleaning", "regular-cleaning", "Regular house cleaning"),
    ("01980000-0000-7000-8000-000000001602", "cleaning", "deep-cleaning", "Deep cleaning"),
    ("01980000-0000-7000-8000-000000001603", "cleaning", "move-out-cleaning", "Move-in and move-out cleaning"),
    ("01980000-0000-7000-8000-000000001604", "cleaning", "window-cleaning", "Window cleaning"),
    ("01980000-0000-7000-8000-000000001605", "cleaning", "carpet-cleaning", "Carpet and upholstery cleaning"),
    ("01980000-0000-7000-8000-000000001606", "cleaning", "pressure-washing", "Pressure washing"),
    ("01980000-0000-7000-8000-000000001607", "cleaning", "junk-removal", "Junk removal"),
    ("01980000-0000-7000-8000-000000001700", None, "garden-outdoor", "Garden and outdoor"),
    ("01980000-0000-7000-8000-000000001701", "garden-outdoor", "lawn-care", "Lawn care"),
    ("01980000-0000-7000-8000-000000001702", "garden-outdoor", "tree-service", "Tree trimming and removal"),
    ("01980000-0000-7000-8000-000000001703", "garden-outdoor", "landscape-design", "Landscape design"),
    ("01980000-0000-7000-8000-000000001704", "garden-outdoor", "planting-beds", "Planting and garden beds"),
    ("01980000-0000-7000-8000-000000001705", "garden-outdoor", "irrigation", "Sprinklers and irrigation"),
    ("01980000-0000-7000-8000-000000001706", "garden-outdoor", "fencing", "Fencing and gates"),
    ("01980000-0000-7000-8000-000000001707", "garden-outdoor", "patios-paving", "Patios and paving"),
    ("01980000-0000-7000-8000-000000001708", "garden-outdoor", "snow-removal", "Snow removal"),
    ("01980000-0000-7000-8000-000000001800", None, "windows-doors", "Windows and doors"),
    ("01980000-0000-7000-8000-000000001801", "windows-doors", "window-replacement", "Window replacement"),
    ("01980000-0000-7000-8000-000000001802", "windows-doors", "window-repair", "Window and glass repair"),
    ("01980000-0000-7000-8000-000000001803", "windows-doors", "exterior-doors", "Exterior doors"),
    ("01980000-0000-7000-8000-000000001804", "windows-doors", "interior-doors", "Interior doors"),
    ("01980000-0000-7000-8000-000000001805", "windows-doors", "garage-doors", "Garage doors"),
    ("01980000-0000-7000-8000-000000001806", "windows-doors", "locksmith", "Locks and locksmith"),
    ("01980000-0000-7000-8000-000000001807", "windows-doors", "blinds-shutters", "Blinds and shutters"),
    ("01980000-0000-7000-8000-000000001900", None, "remodeling", "Remodeling"),
    ("01980000-0000-7000-8000-000000001901", "remodeling", "kitchen-remodel", "Kitchen remodeling"),
    ("01980000-0000-7000-8000-000000001902", "remodeling", "bathroom-remodel", "Bathroom remodeling"),
    ("01980000-0000-7000-8000-000000001903", "remodeling", "basement-finishing", "Basement finishing"),
    ("01980000-0000-7000-8000-000000001904", "remodeling", "home-additions", "Home additions"),
    ("01980000-0000-7000-8000-000000001905", "remodeling", "attic-conversion", "Attic conversion"),
    ("01980000-0000-7000-8000-000000001906", "remodeling", "countertops", "Countertops"),
    ("01980000-0000-7000-8000-000000001a00", None, "safety-energy", "Safety, pests and energy"),
    ("01980000-0000-7000-8000-000000001a01", "safety-energy", "pest-control", "Pest control"),
    ("01980000-0000-7000-8000-000000001a02", "safety-energy", "termites", "Termite treatment"),
    ("01980000-0000-7000-8000-000000001a03", "safety-energy", "home-inspection", "Home inspection"),
    ("01980000-0000-7000-8000-000000001a04", "safety-energy", "insulation", "Insulation"),
    ("01980000-0000-7000-8000-000000001a05", "safety-energy", "solar-panels", "Solar panels"),
    ("01980000-0000-7000-8000-000000001a06", "safety-energy", "security-systems", "Security systems and cameras"),
    ("01980000-0000-7000-8000-000000001a07", "safety-energy", "smoke-alarms", "Smoke and CO alarms"),
    ("01980000-0000-7000-8000-000000001a08", "safety-energy", "mold-remediation", "Mold and moisture remediation"),
)

# When this tree was settled; a fixed instant, so that every deployment answers the same.
SETTLED = datetime(2026, 1, 5, tzinfo=UTC)

# Not `sa.table`: only of a whole Table is the schema left out on SQLite.
tables = sa.MetaData(schema="marketplace")
categories = sa.Table(
    "categories",
    tables,
    sa.Column("id", sa.Uuid()),
    sa.Column("parent_id", sa.Uuid()),
    sa.Column("slug", sa.String()),
    sa.Column("name", sa.String()),
    sa.Column("position", sa.Integer()),
    sa.Column("created_at", UtcDateTime()),
    sa.Column("updated_at", UtcDateTime()),
    sa.Column("version", sa.Integer()),
)
ancestors = sa.Table(
    "category_ancestors", tables, sa.Column("ancestor_id", sa.Uuid()), sa.Column("category_id", sa.Uuid())
)


def upgrade() -> None:
    limit()
    ids = {slug: UUID(literal) for literal, _, slug, _ in TREE}
    op.bulk_insert(
        categories,
        [
            {
                "id": ids[slug],
                "parent_id": None if group is None else ids[group],
                "slug": slug,
                "name": name,
                "position": position,
                "created_at": SETTLED,
                "updated_at": SETTLED,
                "version": 1,
            }
            for position, (_, group, slug, name) in enumerate(TREE)
        ],
    )
    itself = [{"ancestor_id": ids[slug], "category_id": ids[slug]} for _, _, slug, _ in TREE]
    above = [{"ancestor_id": ids[group], "category_id": ids[slug]} for _, group, slug, _ in TREE if group is not None]
    op.bulk_insert(ancestors, itself + above)


def downgrade() -> None:
    limit()
    op.execute(ancestors.delete())
    op.execute(categories.update().values(parent_id=None))
    op.execute(categories.delete())
