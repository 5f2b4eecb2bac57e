-- Twenty businesses, of which the first is asked about everything and each other one about a nineteenth of it, and 2,000
-- homeowners with a property each. Every second inquiry came to a quote, a job and a visit, and one thread is full. One inquiry in fifty is open; in those that are over, who was asked has declined or lost.
INSERT INTO identity.users (
    id, email, email_key, email_verified_at, once_verified_at, full_name, locale, state, password_changed_at,
    credential_epoch, created_at, updated_at, version)
SELECT
    ('01980000-0000-7000-8000-' || lpad(to_hex(16777216 * kind + number), 12, '0'))::uuid,
    'person' || kind || '-' || number || '@example.com', 'person' || kind || '-' || number || '@example.com',
    since, since, 'Person ' || number, 'en-US', 'ACTIVE', since, 1, since, since, 1
FROM (SELECT 1 AS kind, number FROM generate_series(1, 2000) number UNION ALL SELECT 2, number FROM generate_series(1, 20) number) people,
    LATERAL (SELECT timestamptz '2024-01-01 09:00:00+00' AS since) moment;

INSERT INTO marketplace.provider_profiles (
    id, user_id, business_name, slug, about, base_latitude, base_longitude, service_radius_km, licences, area_x, area_y,
    area_z, area_cell, area_reach, state, submitted_at, approved_at, created_at, updated_at, version)
SELECT
    ('01980000-0000-7000-9000-' || lpad(to_hex(number), 12, '0'))::uuid,
    ('01980000-0000-7000-8000-' || lpad(to_hex(33554432 + number), 12, '0'))::uuid,
    'Home Services ' || number, 'home-services-' || number, 'A family business.',
    45.5, -122.6, 40, '[]', 0.377, -0.59, 0.713, 1, 0.006, 'APPROVED', since, since, since, since, 1
FROM generate_series(1, 20) number, LATERAL (SELECT timestamptz '2024-01-01 09:00:00+00' AS since) moment;

INSERT INTO marketplace.properties (
    id, owner_id, label, type, line1, city, city_key, postal_code, country, coordinates_approximate, latitude, longitude,
    area_latitude, area_longitude, area_x, area_y, area_z, area_cell, state, created_at, updated_at, version)
SELECT
    ('01980000-0000-7000-b000-' || lpad(to_hex(number), 12, '0'))::uuid,
    ('01980000-0000-7000-8000-' || lpad(to_hex(16777216 + number), 12, '0'))::uuid,
    'Home', 'SINGLE_FAMILY_HOME', number || ' Alder Street', 'Portland', 'portland', '97214', 'US', false,
    45.5 + number % 100 * 0.001, -122.6, 45.5, -122.6, 0.377, -0.59, 0.713, 1, 'ACTIVE', since, since, 1
FROM generate_series(1, 2000) number, LATERAL (SELECT timestamptz '2024-01-01 09:00:00+00' AS since) moment;

INSERT INTO marketplace.inquiries (
    id, owner_id, property_id, category_id, title, details, questions_version, answers, timing, wanted_dates, state,
    expires_at, closed_at, created_at, updated_at, version)
SELECT
    ('01980000-0000-7000-a000-' || lpad(to_hex(number), 12, '0'))::uuid,
    ('01980000-0000-7000-8000-' || lpad(to_hex(16777217 + number % 2000), 12, '0'))::uuid,
    ('01980000-0000-7000-b000-' || lpad(to_hex(1 + number % 2000), 12, '0'))::uuid,
    leaf.id, 'The tap drips, number ' || number, repeat('It has dripped for a week. ', 12), 0, '[]', 'FLEXIBLE', '[]',
    state, since + interval '30 days', CASE WHEN state <> 'OPEN' THEN since + interval '2 days' END, since, since, 2
FROM generate_series(1, {inquiries}) number
JOIN (
    SELECT id, row_number() OVER (ORDER BY id) - 1 AS place, count(*) OVER () AS places FROM marketplace.categories
) leaf ON leaf.place = number % leaf.places,
    LATERAL (
        SELECT timestamptz '2026-10-01 00:00:00+00' - number * interval '177.123457 seconds' AS since,
            CASE WHEN number % 50 = 0 THEN 'OPEN' WHEN number % 2 = 0 THEN 'WITHDRAWN' ELSE 'EXPIRED' END AS state
    ) made;

INSERT INTO marketplace.inquiry_recipients (
    id, inquiry_id, provider_id, state, viewed_at, answered_at, response_seconds, decline_reason, lost_reason, created_at,
    updated_at, version)
SELECT
    ('01980000-0000-7000-' || (CASE WHEN asked = 1 THEN 'a' ELSE 'b' END) || '001-'
        || lpad(to_hex(row_number() OVER (PARTITION BY asked = 1)), 12, '0'))::uuid,
    inquiry.id, ('01980000-0000-7000-8000-' || lpad(to_hex(33554432 + asked), 12, '0'))::uuid, recipient.state,
    CASE WHEN recipient.state <> 'SENT' THEN since + interval '1 hour' END,
    CASE WHEN recipient.state = 'DECLINED' THEN since + interval '2 hours' END,
    CASE WHEN recipient.state = 'DECLINED' THEN 7200 END,
    CASE WHEN recipient.state = 'DECLINED' THEN 'TOO_FAR' END,
    CASE WHEN recipient.state = 'LOST' THEN CASE inquiry.state WHEN 'EXPIRED' THEN 'EXPIRED' ELSE 'WITHDRAWN' END END,
    since, since, 2
FROM (
    SELECT *, created_at AS since, row_number() OVER (ORDER BY id) AS number FROM marketplace.inquiries
) inquiry
CROSS JOIN LATERAL (SELECT 1 AS asked UNION ALL SELECT 2 + (inquiry.number % 19)::integer) chosen,
    LATERAL (
        SELECT CASE
            WHEN inquiry.state = 'OPEN' AND inquiry.number % 100 = 0 THEN 'SENT'
            WHEN inquiry.state = 'OPEN' THEN 'VIEWED'
            WHEN inquiry.number % 3 = 0 THEN 'DECLINED'
            ELSE 'LOST'
        END AS state
    ) recipient;

INSERT INTO marketplace.availabilities (
    id, owner_id, time_zone, weekly, exceptions, notice_minutes, step_minutes, created_at, updated_at, version)
SELECT
    '01980000-0000-7000-c000-000000000001'::uuid, '01980000-0000-7000-8000-000002000001'::uuid, 'America/Los_Angeles',
    jsonb_agg(jsonb_build_object('weekday', day, 'starts', '07:00', 'ends', '19:00') ORDER BY place), '[]', 60, 30,
    min(since), min(since), 1
FROM unnest(ARRAY['MONDAY', 'TUESDAY', 'WEDNESDAY', 'THURSDAY', 'FRIDAY', 'SATURDAY', 'SUNDAY'])
    WITH ORDINALITY week (day, place), LATERAL (SELECT timestamptz '2024-01-01 09:00:00+00' AS since) moment;

-- A copy with ids that the next tables name.
CREATE TEMPORARY TABLE agreed AS
SELECT
    row_number() OVER (ORDER BY inquiry.created_at) AS number, inquiry.id AS inquiry_id, recipient.id AS recipient_id,
    inquiry.owner_id, recipient.provider_id, inquiry.property_id, inquiry.category_id, inquiry.title,
    inquiry.created_at AS since
FROM marketplace.inquiries inquiry
JOIN marketplace.inquiry_recipients recipient ON recipient.inquiry_id = inquiry.id
WHERE recipient.provider_id = '01980000-0000-7000-8000-000002000001' AND inquiry.state <> 'OPEN'
    AND get_byte(uuid_send(inquiry.id), 15) % 2 = 0;

INSERT INTO marketplace.quotes (
    id, inquiry_id, recipient_id, provider_id, owner_id, number, state, currency, lines, subtotal_minor, discount_minor,
    net_minor, taxes, tax_minor, gross_minor, valid_days, sent_at, expires_at, closed_at, created_at, updated_at, version)
SELECT
    ('01980000-0000-7000-d000-' || lpad(to_hex(number), 12, '0'))::uuid, inquiry_id, recipient_id, provider_id, owner_id, 1,
    'ACCEPTED', 'USD', '[]', 20000, 0, 20000, '[]', 0, 20000, 14, since, since + interval '14 days',
    since + interval '1 day', since, since, 3
FROM agreed;

-- An hour each, so that the next weeks are full of what was agreed.
INSERT INTO marketplace.jobs (
    id, quote_id, inquiry_id, owner_id, provider_id, property_id, category_id, title, price_minor, price_currency, state,
    starts_at, ends_at, completed_by, ended_at, created_at, updated_at, version)
SELECT
    ('01980000-0000-7000-e000-' || lpad(to_hex(number), 12, '0'))::uuid,
    ('01980000-0000-7000-d000-' || lpad(to_hex(number), 12, '0'))::uuid, inquiry_id, owner_id, provider_id, property_id,
    category_id, title, 20000, 'USD', CASE WHEN at > now() THEN 'SCHEDULED' ELSE 'COMPLETED' END, at,
    at + interval '40 minutes', CASE WHEN at > now() THEN NULL ELSE 'HOMEOWNER' END,
    CASE WHEN at > now() THEN NULL ELSE at END, since, since, 3
FROM agreed, LATERAL (
    SELECT date_trunc('hour', now()) + interval '720 hours' - (SELECT max(number) FROM agreed) * interval '1 hour'
        + number * interval '1 hour' AS at
) begin;

INSERT INTO marketplace.visits (
    id, inquiry_id, recipient_id, owner_id, provider_id, state, starts_at, ends_at, cancelled_by, created_at, updated_at,
    version)
SELECT
    ('01980000-0000-7000-f000-' || lpad(to_hex(number), 12, '0'))::uuid, inquiry_id, recipient_id, owner_id, provider_id,
    CASE WHEN number % 3 = 0 THEN 'DECLINED' ELSE 'CANCELLED' END, since, since + interval '1 hour',
    CASE WHEN number % 3 = 0 THEN NULL ELSE 'HOMEOWNER' END, since, since, 2
FROM agreed;

INSERT INTO marketplace.inquiry_messages (
    id, recipient_id, sender, sender_id, number, ordinal, text, masked, created_at, updated_at, version)
SELECT
    ('01980000-0000-7001-f000-' || lpad(to_hex(place), 12, '0'))::uuid, recipient_id,
    CASE WHEN place % 2 = 1 THEN 'HOMEOWNER' ELSE 'PROVIDER' END, CASE WHEN place % 2 = 1 THEN owner_id ELSE provider_id END,
    place, (place + 1) / 2, repeat('On Monday at nine. ', 10), '[]', since + place * interval '1 minute',
    since + place * interval '1 minute', 1
FROM agreed, generate_series(1, 1000) place
WHERE agreed.number = 1;

UPDATE marketplace.inquiry_recipients SET homeowner_messages = 500, provider_messages = 500
WHERE id = (SELECT recipient_id FROM agreed WHERE number = 1);

DROP TABLE agreed;
