-- Made records by their number, %(begin)s to %(end)s: in the database itself, which takes a tenth of the time of a COPY.
-- One in twenty weighings is over; one entry in fifty is a release, few are rare; those of a truck are spread over time.
-- They come as central gets them: in the order of their time, but for half a day in which a line may be down.
WITH numbered AS (
    SELECT n, 'site-' || lpad((n * 31 %% 200)::text, 3, '0') AS site, n * 31 %% 200 AS place,
           n * 7919 %% (n / 1000000 * 30303 + 30303) AS truck,
           CASE WHEN n %% 50000 = 7 THEN 'evasion' WHEN n %% 50 = 3 THEN 'release' ELSE 'weighing' END AS type,
           CASE WHEN n %% 20 > 0 THEN 20000 + n %% 29000 WHEN n %% 5000 = 0 THEN 101000 ELSE 50000 + n %% 20000 END AS gross_kg,
           decode(lpad(to_hex(n), 64, '0'), 'hex') AS digest,
           %(epoch_ms)s + (n - %(first)s) * %(years_ms)s / (%(last)s - %(first)s) + n * 48271 %% 43200000 AS at_ms
    FROM generate_series(%(begin)s::bigint, %(end)s::bigint - 1) AS n
), made AS (
    SELECT *, site || '-j' AS journal, n + 1 AS seq, type = 'weighing' AS weighed,
           substr('ABCDEFGH', (truck %% 8)::int + 1, 1) || lpad(truck::text, 6, '0') AS number,
           CASE WHEN n %% 20 = 0 THEN 'exceeded' ELSE 'within' END AS outcome,
           CASE WHEN n %% 20 = 0 THEN 'hold' ELSE 'release' END AS action,
           greatest(0, gross_kg - 49000) AS excess_kg
    FROM numbered
)
INSERT INTO entries (
    journal, seq, site, type, lane, at_ms, received_ms, body, prev_hash, hash, signature, key_id, alg, plate, colour,
    gross_kg, outcome, excess_kg, action, parent
)
SELECT journal, seq, site, type, '1', at_ms, at_ms,
       convert_to(CASE WHEN weighed THEN concat(
           '{"v":1,"id":"', journal, '/', seq, '","type":"weighing","site":"', site, '","content":{"check":"first","parent":null,',
           '"place":{"kind":"', CASE WHEN place %% 4 = 1 THEN 'source-exit' ELSE 'checkpoint' END,
           '","enforcement_mode":"transport","name":"', site, '","region":"410000"},',
           '"identity":{"plate":"\u8c6b', number, '","colour":"yellow","vehicle":{"layout":"1+2+3","kerb_kg":15000}},',
           '"measurement":{"gross_kg":', gross_kg, ',"flags":[],"axle_loads_kg":[',
           concat_ws(',', gross_kg / 6, gross_kg / 6, gross_kg / 6, gross_kg / 6, gross_kg / 6, gross_kg / 6), ']},',
           '"judgement":{"rule_set":"cn-annex124-2016","action":"', action, '","suspicions":[],"road_limit":{"outcome":"', outcome,
           '","limit_kg":49000,"excess_kg":', excess_kg, '}}}}'
       ) ELSE '{"content":{"ground":"operator"}}' END, 'UTF8'),
       digest, digest, digest || digest, 'bench', 'ed25519-sha256', '豫' || number, 'yellow',
       CASE WHEN weighed THEN gross_kg END, CASE WHEN weighed THEN outcome END, CASE WHEN weighed THEN excess_kg END,
       CASE WHEN weighed THEN action END, CASE WHEN NOT weighed THEN journal || '/' || greatest(1, seq - 200) END
FROM made
