-- What the derivations would leave of the copied entries, made at once; statements end with an empty line.
TRUNCATE site_periods, vehicle_periods, traces, origin_periods, site_places, tallies, cases, leads

INSERT INTO site_places
SELECT DISTINCT site, CASE WHEN substr(site, 6)::int % 4 = 1 THEN 'source-exit' ELSE 'checkpoint' END, 'transport', site, '410000'
FROM entries

INSERT INTO site_periods
SELECT site, 'day', to_char(to_timestamp((at_ms + 28800000) / 1000) AT TIME ZONE 'UTC', 'YYYYMMDD')::int, count(*),
       count(*) FILTER (WHERE type = 'weighing'), 0, count(*) FILTER (WHERE outcome = 'within'),
       count(*) FILTER (WHERE outcome = 'exceeded'), 0, 0, count(*) FILTER (WHERE action = 'hold'), 0,
       count(*) FILTER (WHERE type = 'release'), count(*) FILTER (WHERE type = 'evasion'), 0, 0, 0, 0, 0,
       count(*) FILTER (WHERE gross_kg >= 100000), coalesce(sum(gross_kg), 0), coalesce(sum(excess_kg), 0)
FROM entries GROUP BY 1, 3

INSERT INTO site_periods
SELECT site, 'month', period / 100, sum(entries), sum(checked), 0, sum(within), sum(exceeded), 0, 0, sum(held), 0,
       sum(released), sum(evaded), 0, 0, 0, 0, 0, sum(hundred_tonne), sum(gross_kg), sum(excess_kg)
FROM site_periods WHERE unit = 'day' GROUP BY 1, 3

INSERT INTO site_periods
SELECT site, 'year', period / 100, sum(entries), sum(checked), 0, sum(within), sum(exceeded), 0, 0, sum(held), 0,
       sum(released), sum(evaded), 0, 0, 0, 0, 0, sum(hundred_tonne), sum(gross_kg), sum(excess_kg)
FROM site_periods WHERE unit = 'month' GROUP BY 1, 3

INSERT INTO vehicle_periods
SELECT plate, colour, 'month', to_char(to_timestamp((at_ms + 28800000) / 1000) AT TIME ZONE 'UTC', 'YYYYMM')::int, count(*),
       count(*) FILTER (WHERE outcome = 'exceeded'), count(*) FILTER (WHERE gross_kg >= 100000), coalesce(max(excess_kg), 0), NULL
FROM entries WHERE type = 'weighing' GROUP BY 1, 2, 4

INSERT INTO vehicle_periods
SELECT plate, colour, 'year', period / 100, sum(checked), sum(exceeded), sum(hundred_tonne), max(worst_excess_kg), NULL
FROM vehicle_periods WHERE unit = 'month' GROUP BY 1, 2, 4

INSERT INTO traces
SELECT journal || '/' || seq, 'source-exit', plate, colour, site, at_ms,
       (ARRAY['no-origin', 'same-load', 'loaded-after-exit', 'record-false'])[1 + seq / 20 % 4], 'x/1',
       'site-' || lpad((4 * (seq / 20 % 50) + 1)::text, 3, '0'), at_ms, 1000, '{"notes": []}'
FROM entries WHERE outcome = 'exceeded'

INSERT INTO origin_periods
SELECT origin_site, 'month', to_char(to_timestamp((found_ms + 28800000) / 1000) AT TIME ZONE 'UTC', 'YYYYMM')::int,
       count(*) FILTER (WHERE result = 'same-load'), count(*) FILTER (WHERE result = 'record-false'),
       count(*) FILTER (WHERE result = 'loaded-after-exit'), count(*) FILTER (WHERE result IN ('same-load', 'record-false'))
FROM traces GROUP BY 1, 3

INSERT INTO leads (id, kind, entry, act, site, plate, at_ms, party, party_key, state, content)
SELECT 'unattended/' || journal || '/' || seq, 'unattended', journal || '/' || seq, NULL, site, plate, at_ms, 'vehicle',
       plate || '|yellow', 'open', '{}'
FROM entries WHERE outcome = 'exceeded' AND seq % 40 = 1

INSERT INTO cases (id, origin, authority, state, plate, colour, happened_ms, filed_ms, decided_ms, closed_ms, counted, annulled, content)
SELECT 'c-' || journal || '-' || seq, 'transport', 'a', 'closed', plate, colour, at_ms, at_ms, at_ms, at_ms, true, false, '{}'
FROM entries WHERE outcome = 'exceeded' AND seq % 40 = 21

INSERT INTO tallies
SELECT party, CASE party WHEN 'vehicle' THEN plate || '|yellow' WHEN 'driver' THEN 'd-' || plate ELSE 'e-' || abs(hashtext(plate)) % 5000 END,
       id, id, happened_ms, decided_ms, plate || '|yellow', origin
FROM cases, (VALUES ('vehicle'), ('driver'), ('enterprise')) AS parties (party)
