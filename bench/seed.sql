-- Each statement fills one table from the ones before it; `number` makes every value, so that each run has the same data.
-- References are right by construction; checking a million of them one by one would take most of the time.
SET LOCAL session_replication_role = replica;

INSERT INTO identity.users (
    id, email, email_key, email_verified_at, once_verified_at, username, username_key, full_name, locale, state,
    password_hash, password_changed_at, credential_epoch, created_at, updated_at, version)
SELECT
    ('01980000-0000-7000-8000-' || lpad(to_hex(16777216 + number), 12, '0'))::uuid,
    'person' || number || '@example.com', 'person' || number || '@example.com', since, since,
    'person' || number, 'person' || number, 'Person Number ' || number, 'en-US', 'ACTIVE',
    :password_hash, since, 1, since, since, 1
FROM generate_series(1, :providers + :homeowners) number,
    LATERAL (SELECT timestamptz '2026-02-01 08:00:00.123456+00' + number * interval '1 minute' AS since) moment;

INSERT INTO identity.user_roles (user_id, role_name, granted_at)
SELECT
    ('01980000-0000-7000-8000-' || lpad(to_hex(16777216 + number), 12, '0'))::uuid,
    CASE WHEN number <= :providers THEN 'SERVICE_PROVIDER' ELSE 'HOMEOWNER' END,
    timestamptz '2026-02-01 08:00:00+00'
FROM generate_series(1, :providers + :homeowners) number;

INSERT INTO marketplace.provider_profiles (
    id, user_id, business_name, slug, about, phone, website, base_latitude, base_longitude, service_radius_km, licences,
    state, submitted_at, approved_at, created_at, updated_at, version)
SELECT
    ('01980000-0000-7000-9000-' || lpad(to_hex(number), 12, '0'))::uuid,
    ('01980000-0000-7000-8000-' || lpad(to_hex(16777216 + number), 12, '0'))::uuid,
    'Home Services & Söhne ' || number, 'home-services-' || number,
    'A family business that has looked after houses for three generations.', '+1503555' || lpad(number::text, 4, '0'),
    CASE WHEN number % 4 > 0 THEN 'https://home-services-' || number || '.example.com' END,
    45 + number % 100 * 0.01, -122 - number % 90 * 0.01, 10 + number % 40, '[]',
    'APPROVED', since, since, since, since, 1
FROM generate_series(1, :providers) number,
    LATERAL (SELECT timestamptz '2026-02-01 09:00:00.654321+00' + number * interval '1 minute' AS since) moment;

INSERT INTO marketplace.services (
    id, provider_id, state, has_pending_changes, submitted_at, published_at, title, description, pricing_kind,
    price_minor, currency, price_unit, duration_minutes, tags, category_id, created_at, updated_at, version)
SELECT
    ('01980000-0000-7000-a000-' || lpad(to_hex(number), 12, '0'))::uuid,
    ('01980000-0000-7000-8000-' || lpad(to_hex(16777217 + number % :providers), 12, '0'))::uuid,
    'PUBLISHED', false, since, since,
    leaf.name || ', ' || (ARRAY['done in a day', 'by a master', 'with a warranty', 'at short notice'])[1 + number % 4]
        || ' (' || number || ')',
    'We look at it with you, say what it takes, and leave the place as clean as we found it. '
        || 'Materials, travel and the removal of what is old are included; "extras" are agreed before they are done.',
    kind,
    CASE WHEN kind <> 'QUOTE' THEN 1500 + (number::bigint * 7919) % 60000 END,
    CASE WHEN kind <> 'QUOTE' THEN CASE WHEN number % 5 = 0 THEN 'EUR' ELSE 'USD' END END,
    CASE WHEN kind = 'PER_UNIT' THEN 'square metre' END,
    CASE WHEN number % 3 > 0 THEN 30 + number % 12 * 15 END,
    jsonb_build_array(leaf.slug, (ARRAY['repair', 'installation', 'inspection'])[1 + number % 3]),
    leaf.id, since, since + interval '1 day', 1 + number % 3
FROM generate_series(1, :services) number
JOIN (
    SELECT id, slug, name, row_number() OVER (ORDER BY id) - 1 AS place, count(*) OVER () AS places
    FROM marketplace.categories category
    WHERE NOT EXISTS (SELECT FROM marketplace.categories child WHERE child.parent_id = category.id)
) leaf ON leaf.place = (number * 31) % leaf.places,
    LATERAL (
        SELECT timestamptz '2026-10-01 00:00:00+00' - number * interval '177.123457 seconds' AS since,
            (ARRAY['FIXED', 'HOURLY', 'FIXED', 'STARTING_AT', 'FIXED', 'PER_UNIT', 'HOURLY', 'QUOTE'])[1 + number % 8]
                AS kind
    ) made;

INSERT INTO marketplace.listings (
    service_id, profile_id, live, price_rank_up, price_rank_down, version, created_at, updated_at, published_at, title,
    description, pricing_kind, price_minor, currency, price_unit, duration_minutes, tags, category_id)
SELECT
    service.id, profile.id, true, coalesce(service.price_minor, 9007199254740991),
    coalesce(-service.price_minor, 9007199254740991), service.version, service.created_at, service.updated_at,
    service.published_at, service.title, service.description, service.pricing_kind, service.price_minor,
    service.currency, service.price_unit, service.duration_minutes, service.tags, service.category_id
FROM marketplace.services service
JOIN marketplace.provider_profiles profile ON profile.user_id = service.provider_id;
