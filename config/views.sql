-- Views for DuckDB over plain Parquet, as `corewatch convert --out DIR` writes it:
--
--     $ duckdb
--     SET VARIABLE folder = 'DIR';
--     .read config/views.sql
--     SELECT * FROM peers;
--
-- Without the variable DIR is `rows`. It lasts as long as its connection: set it anew before views are used that a
-- database file has kept. Do not point it at a lake: some of the files there may not be committed, and a lake has its own
-- folders.
--
--     peers          who was seen, how many routes they told, whether their session is up, how far off their clock is
--     readable       routes with AS paths and communities as text
--
-- What the columns of the tables mean, `corewatch schema` tells (docs/tables.md).

SET VARIABLE folder = coalesce(getvariable('folder'), 'rows');

-- All rows, whatever tables there are. The second half has no rows: it names the columns that views use, so that they
-- are there even if no file has them.
CREATE OR REPLACE VIEW corewatch_rows AS
    SELECT *, parse_path(filename)[-2] AS in_table
    FROM read_parquet(getvariable('folder') || '/*/*.parquet', union_by_name = true, filename = true)
    UNION ALL BY NAME
    SELECT
        NULL::TIMESTAMPTZ AS observed_at, NULL::TIMESTAMPTZ AS router_at, NULL::BIGINT AS kafka_offset,
        NULL::INTEGER AS item, NULL::VARCHAR AS project, NULL::VARCHAR AS collector, NULL::VARCHAR AS router,
        NULL::VARCHAR AS peer_ip, NULL::BIGINT AS peer_asn, NULL::VARCHAR AS peer_distinguisher,
        NULL::VARCHAR AS rib_view, NULL::VARCHAR AS kind, NULL::INTEGER AS new_state, NULL::VARCHAR[] AS add_path,
        NULL::VARCHAR AS rd, NULL::VARCHAR AS prefix, NULL::BIGINT AS path_id, NULL::VARCHAR AS next_hop,
        NULL::BIGINT[] AS as_path, NULL::VARCHAR AS as_path_text, NULL::BIGINT AS origin_asn,
        NULL::BIGINT[] AS communities,
        NULL::STRUCT("global" BIGINT, local1 BIGINT, local2 BIGINT)[] AS large_communities
    WHERE false;

-- A community (RFC 1997) as `ASN:value`, a large one (RFC 8092) as its three numbers.
CREATE OR REPLACE MACRO community_text(community) AS
    (community >> 16)::VARCHAR || ':' || (community & 65535)::VARCHAR;
CREATE OR REPLACE MACRO large_community_text(community) AS
    concat_ws(':', community."global", community.local1, community.local2);

-- Routes as a person reads them; lists are one text each, with a blank between the elements.
CREATE OR REPLACE VIEW readable AS
    SELECT
        observed_at, project, collector, router, peer_asn, peer_ip, rib_view, in_table, kind, rd, prefix, path_id, next_hop,
        coalesce(as_path_text, array_to_string(as_path, ' ')) AS as_path,
        origin_asn,
        array_to_string([community_text(c) for c in communities], ' ') AS communities,
        array_to_string([large_community_text(c) for c in large_communities], ' ') AS large_communities
    FROM corewatch_rows
    WHERE in_table IN ('routes', 'rib', 'other_routes');

-- One row for each table of each peer: a router that reports a peer's routes before and after its policy has two.
--
--     announced, withdrawn    rows of `routes` and `other_routes`; how often, not how many are valid now
--     rib_entries             rows of `rib`
--     session                 `up` or `down` by the last row of `sessions` that tells (a change of state tells if it has
--                             a number: 6 is Established); `down` too once its router has ended to report (BMP
--                             Termination); null if nobody says
--     add_path                families with path identifiers (RFC 7911), of the last Peer Up
--     clock_skew_s            median of router_at - observed_at: how many seconds the router's clock is ahead; null if its
--                             clock was trusted, or there is none
CREATE OR REPLACE VIEW peers AS
WITH
    told AS (
        SELECT
            project, collector, router, peer_ip, peer_asn, peer_distinguisher, rib_view,
            min(observed_at) AS first_seen,
            max(observed_at) AS last_seen,
            count(*) FILTER (kind = 'announce') AS announced,
            count(*) FILTER (kind = 'withdraw') AS withdrawn,
            count(*) FILTER (kind = 'rib') AS rib_entries,
            median(epoch(router_at) - epoch(observed_at)) AS clock_skew_s
        FROM corewatch_rows
        WHERE in_table IN ('routes', 'rib', 'other_routes')
        GROUP BY ALL
    ),
    events AS (
        SELECT
            *,
            kind = 'up' OR (kind = 'state' AND new_state = 6) AS is_up,
            kind IN ('up', 'down') OR (kind = 'state' AND new_state IS NOT NULL) AS is_session
        FROM corewatch_rows
        WHERE in_table = 'sessions'
    ),
    heard AS (
        SELECT
            project, collector, router, peer_ip, peer_asn, peer_distinguisher,
            arg_max(rib_view, observed_at) AS rib_view,
            min(observed_at) AS first_seen,
            max(observed_at) AS last_seen,
            last(is_up ORDER BY observed_at, kafka_offset, item) FILTER (is_session) AS is_up,
            max(observed_at) FILTER (is_session) AS session_since,
            last(add_path ORDER BY observed_at, kafka_offset, item) FILTER (kind = 'up') AS add_path,
            median(epoch(router_at) - epoch(observed_at)) AS clock_skew_s
        FROM events
        WHERE peer_ip IS NOT NULL
        GROUP BY ALL
    ),
    ended AS (
        SELECT project, collector, router, max(observed_at) AS ended_at
        FROM events
        WHERE kind = 'termination'
        GROUP BY ALL
    )
SELECT
    coalesce(told.project, heard.project) AS project,
    coalesce(told.collector, heard.collector) AS collector,
    coalesce(told.router, heard.router) AS router,
    coalesce(told.peer_ip, heard.peer_ip) AS peer_ip,
    coalesce(told.peer_asn, heard.peer_asn) AS peer_asn,
    coalesce(told.peer_distinguisher, heard.peer_distinguisher) AS peer_distinguisher,
    coalesce(told.rib_view, heard.rib_view, 'unknown') AS rib_view,
    least(told.first_seen, heard.first_seen) AS first_seen,
    greatest(told.last_seen, heard.last_seen) AS last_seen,
    coalesce(announced, 0) AS announced,
    coalesce(withdrawn, 0) AS withdrawn,
    coalesce(rib_entries, 0) AS rib_entries,
    CASE WHEN ended_at >= session_since OR NOT is_up THEN 'down' WHEN is_up THEN 'up' END AS session,
    CASE WHEN ended_at >= session_since THEN ended_at ELSE session_since END AS session_since,
    add_path,
    coalesce(told.clock_skew_s, heard.clock_skew_s) AS clock_skew_s
FROM told
FULL JOIN heard
    ON told.project IS NOT DISTINCT FROM heard.project
    AND told.collector IS NOT DISTINCT FROM heard.collector
    AND told.router IS NOT DISTINCT FROM heard.router
    AND told.peer_ip IS NOT DISTINCT FROM heard.peer_ip
    AND told.peer_asn IS NOT DISTINCT FROM heard.peer_asn
    AND told.peer_distinguisher IS NOT DISTINCT FROM heard.peer_distinguisher
LEFT JOIN ended
    ON ended.project IS NOT DISTINCT FROM heard.project
    AND ended.collector IS NOT DISTINCT FROM heard.collector
    AND ended.router IS NOT DISTINCT FROM heard.router;
