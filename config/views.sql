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
--     peers              who was seen, how many routes they told, whether their session is up, how far off their clock is
--     readable           routes with AS paths and communities as text
--     dns_transactions   queries of the DNS with their responses
--     entrada2           the same under the names of ENTRADA 2's columns
--     atlas_bigquery     measurements of RIPE Atlas under the names of its BigQuery data set
--
-- What the columns of the tables mean, `corewatch schema` tells (docs/tables.md).

SET VARIABLE folder = coalesce(getvariable('folder'), 'rows');

-- All rows, whatever tables there are. The second half has no rows: it names the columns that views use, so that they
-- are there even if no file has them. `rd` is text: what routes call so is a route distinguisher, in DNS it is a flag.
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
        NULL::STRUCT("global" BIGINT, local1 BIGINT, local2 BIGINT)[] AS large_communities,
        NULL::VARCHAR AS kafka_topic, NULL::INTEGER AS kafka_partition, NULL::TIMESTAMPTZ AS query_at,
        NULL::TIMESTAMPTZ AS response_at, NULL::BIGINT AS latency_ns, NULL::VARCHAR AS "role",
        NULL::INTEGER AS ip_version, NULL::VARCHAR AS transport, NULL::INTEGER AS http_version,
        NULL::BOOLEAN AS network_error, NULL::VARCHAR AS client_ip, NULL::VARCHAR AS server_ip,
        NULL::INTEGER AS client_port, NULL::INTEGER AS server_port, NULL::INTEGER AS ip_ttl,
        NULL::INTEGER AS message_octets, NULL::INTEGER AS dns_id, NULL::INTEGER AS opcode, NULL::INTEGER AS rcode,
        NULL::BOOLEAN AS aa, NULL::BOOLEAN AS tc, NULL::BOOLEAN AS ra, NULL::BOOLEAN AS z,
        NULL::BOOLEAN AS ad, NULL::BOOLEAN AS cd, NULL::INTEGER AS qdcount, NULL::INTEGER AS ancount,
        NULL::INTEGER AS nscount, NULL::INTEGER AS arcount, NULL::VARCHAR AS qname, NULL::INTEGER AS qname_labels,
        NULL::VARCHAR AS registered_domain, NULL::VARCHAR AS public_suffix, NULL::INTEGER AS qtype,
        NULL::INTEGER AS qclass, NULL::INTEGER AS edns_udp_octets, NULL::INTEGER AS edns_version,
        NULL::BOOLEAN AS edns_do, NULL::INTEGER[] AS edns_options, NULL::INTEGER[] AS edns_ede,
        NULL::VARCHAR AS edns_ecs, NULL::VARCHAR[] AS answer_cnames, NULL::BLOB AS message_raw,
        NULL::INTEGER AS "section", NULL::INTEGER AS "index", NULL::INTEGER AS "type", NULL::VARCHAR AS rdata_text,
        NULL::INTEGER AS message_item,
        NULL::BIGINT AS msm_id, NULL::BIGINT AS prb_id, NULL::VARCHAR AS probe_ip, NULL::VARCHAR AS source_ip,
        NULL::BIGINT AS rtt_us, NULL::VARCHAR AS error_kind, NULL::VARCHAR AS answers_json, NULL::BLOB AS query_raw
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

-- One row for each query of the DNS with its response. They belong together if collector, role, transport, both addresses and
-- ports, ID, name and type are the same, and the response is the next that comes, within 5 seconds. Each response has one
-- query: of queries that were repeated, the last one before it.
--
--     query_at       if only the response was seen, as it tells of its query, or null; what a query alone tells is then as its
--                    response repeats it
--     response_at    null if the query was not answered in time, or nobody saw it; and so is all that a response tells. Where
--                    network_error is true it is when the server gave up (PowerDNS)
--     latency_ns     as the observer reports it, else between the two times
--     edns_...       of the query, but for the errors
--
-- All is done in one pass over the messages, sorted: a query and its response are neighbours. Responses that overtake one
-- another after a repeated query stay alone.
CREATE OR REPLACE VIEW dns_transactions AS
WITH
    messages AS (
        SELECT
            *,
            struct_pack(
                seen_at := observed_at, query_at, latency_ns, http_version, network_error, message_octets, ip_ttl, opcode, rcode, aa, tc, rd := rd::BOOLEAN, ra, z, ad,
                cd, qdcount, ancount, nscount, arcount, edns_udp_octets, edns_version, edns_do, edns_options, edns_ede, edns_ecs,
                answer_cnames, kafka_topic, kafka_partition, kafka_offset, item
            ) AS "message"
        FROM corewatch_rows
        WHERE in_table = 'dns_messages'
    ),
    neighbours AS (
        SELECT
            *,
            lead("message") OVER same AS following,
            lead(kind) OVER same = 'response' AND lead(observed_at) OVER same - observed_at <= INTERVAL 5 SECONDS
                AS is_answered,
            lag(kind) OVER same = 'query' AND observed_at - lag(observed_at) OVER same <= INTERVAL 5 SECONDS AS is_answer
        FROM messages
        WINDOW same AS (
            PARTITION BY
                project, collector, "role", transport, client_ip, client_port, server_ip, server_port, dns_id, qname, qtype
            ORDER BY observed_at, kind, kafka_topic, kafka_partition, kafka_offset, item
        )
    ),
    pairs AS (
        SELECT
            *,
            CASE WHEN kind = 'query' THEN "message" END AS query,
            CASE WHEN kind = 'response' THEN "message" WHEN is_answered THEN following END AS response
        FROM neighbours
        WHERE kind = 'query' OR is_answer IS NOT TRUE
    )
SELECT
    project, collector, "role", transport, coalesce(query.http_version, response.http_version) AS http_version, ip_version,
    client_ip, client_port, server_ip, server_port, dns_id, qname, qname_labels, registered_domain, public_suffix, qtype, qclass,
    coalesce(query.seen_at, response.query_at) AS query_at,
    response.seen_at AS response_at,
    coalesce(
        response.latency_ns,
        1000 * (epoch_us(response.seen_at) - epoch_us(coalesce(query.seen_at, response.query_at)))
    ) AS latency_ns,
    response.network_error AS network_error,
    coalesce(query.opcode, response.opcode) AS opcode,
    response.rcode AS rcode,
    response.aa AS aa,
    response.tc AS tc,
    coalesce(query.rd, response.rd) AS rd,
    response.ra AS ra,
    response.z AS z,
    response.ad AS ad,
    coalesce(query.cd, response.cd) AS cd,
    coalesce(query.qdcount, response.qdcount) AS qdcount,
    response.ancount AS ancount,
    response.nscount AS nscount,
    response.arcount AS arcount,
    query.message_octets AS query_octets,
    response.message_octets AS response_octets,
    coalesce(query.ip_ttl, response.ip_ttl) AS ip_ttl,
    query.edns_udp_octets AS edns_udp_octets,
    query.edns_version AS edns_version,
    coalesce(query.edns_do, response.edns_do) AS edns_do,
    coalesce(query.edns_ecs, response.edns_ecs) AS edns_ecs,
    query.edns_options AS edns_options,
    response.edns_ede AS edns_ede,
    response.answer_cnames AS answer_cnames,
    response.kafka_topic AS response_topic,
    response.kafka_partition AS response_partition,
    response.kafka_offset AS response_offset,
    response.item AS response_item
FROM pairs;

-- What ENTRADA 2 has in a row, under its names: one row for each transaction, which mixes what query and response tell. `prot`
-- is the number of the protocol over IP: 6 TCP, 17 UDP. `dns_rdata` needs rows of `dns_records`.
CREATE OR REPLACE VIEW entrada2 AS
WITH
    answers AS (
        SELECT
            kafka_topic, kafka_partition, kafka_offset, message_item,
            list(struct_pack("section", "type", "data" := rdata_text) ORDER BY "section", "index") AS records
        FROM corewatch_rows
        WHERE in_table = 'dns_records' AND "section" = 1
        GROUP BY ALL
    )
SELECT
    coalesce(query_at, response_at) AS "time",
    client_ip AS ip_src,
    client_port AS prot_src_port,
    server_ip AS ip_dst,
    server_port AS prot_dst_port,
    CASE
        WHEN transport IN ('udp', 'doq', 'dnscrypt_udp') OR (transport = 'doh' AND http_version = 3) THEN 17
        WHEN transport IN ('tcp', 'dot', 'doh', 'tls', 'dnscrypt_tcp') THEN 6
    END AS prot,
    ip_version,
    ip_ttl,
    told.qname AS dns_qname_full,
    registered_domain AS dns_domainname,
    public_suffix AS dns_tld,
    qname_labels AS dns_labels,
    told.dns_id AS dns_id,
    opcode AS dns_opcode,
    rcode AS dns_rcode,
    qtype AS dns_qtype,
    qclass AS dns_qclass,
    aa AS dns_aa,
    tc AS dns_tc,
    rd AS dns_rd,
    ra AS dns_ra,
    z AS dns_z,
    ad AS dns_ad,
    cd AS dns_cd,
    qdcount AS dns_qdcount,
    ancount AS dns_ancount,
    nscount AS dns_nscount,
    arcount AS dns_arcount,
    query_octets AS dns_req_len,
    response_octets AS dns_res_len,
    latency_ns / 1e6 AS dns_proc_time,
    edns_udp_octets AS edns_udp,
    edns_version,
    edns_do,
    edns_ecs,
    edns_ede AS edns_ext_error,
    edns_options,
    collector AS "server",
    answer_cnames AS dns_cname,
    records AS dns_rdata
FROM dns_transactions AS told
LEFT JOIN answers
    ON answers.kafka_topic = response_topic
    AND answers.kafka_partition = response_partition
    AND answers.kafka_offset = response_offset
    AND message_item = response_item;

-- Measurements of RIPE Atlas under the names of its BigQuery data set; times in milliseconds, messages as they were. `answers` is
-- what the probe has read, where it did not send the message itself: else they are in that.
CREATE OR REPLACE VIEW atlas_bigquery AS
SELECT
    msm_id,
    prb_id,
    observed_at AS start_time,
    coalesce(source_ip, probe_ip) AS synth_addr,
    server_ip AS dst_addr,
    upper(transport) AS protoc,
    ip_version AS af,
    query_raw AS query,
    dns_id AS header_ID,
    qdcount AS header_QDCOUNT,
    ancount AS header_ANCOUNT,
    nscount AS header_NSCOUNT,
    arcount AS header_ARCOUNT,
    message_octets AS size,
    rtt_us / 1e3 AS response_time,
    error_kind AS error,
    answers_json AS answers,
    message_raw AS wire_message
FROM corewatch_rows
WHERE in_table = 'dns_measurements';
