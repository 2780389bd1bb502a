#!/usr/bin/env python3
"""Counts DNS messages over UDP by RCODE, QTYPE and EDNS payload size, as one line of JSON.

    dns_counts.py capture FILE      a packet capture, read by the standard library and dnspython; FILE may be xz or gzip
    dns_counts.py lake DIR          table dns_messages of a lake, read by DuckDB

Both give {"messages": n, "rcode": {code: n}, "qtype": {type: n}, "edns": {octets: n}}. A message whose QNAME cannot be read
counts under its RCODE and under no QTYPE. Fragments of IP are put together.
"""

import collections
import gzip
import json
import lzma
import struct
import sys

DNS_PORT = 53


def main():
    if len(sys.argv) != 3 or sys.argv[1] not in ("capture", "lake"):
        sys.exit(__doc__)
    counts = of_capture(sys.argv[2]) if sys.argv[1] == "capture" else of_lake(sys.argv[2])
    print(json.dumps(counts, sort_keys=True))


def of_capture(path):
    import dns.message

    rcodes, qtypes, edns = collections.Counter(), collections.Counter(), collections.Counter()
    for message in dns_messages(path):
        rcode, qtype, octets = message[3] & 15, None, None
        try:
            read = dns.message.from_wire(message, ignore_trailing=True, continue_on_error=True)
        except Exception:
            read = None
        if read is not None:
            rcode = int(read.rcode())
            qtype = int(read.question[0].rdtype) if read.question else None
            octets = read.payload if read.edns >= 0 else None
        rcodes[rcode] += 1
        if qtype is not None:
            qtypes[qtype] += 1
        if octets is not None:
            edns[octets] += 1
    return {"messages": sum(rcodes.values()), "rcode": texts(rcodes), "qtype": texts(qtypes), "edns": texts(edns)}


def of_lake(path):
    from pyiceberg.catalog.sql import SqlCatalog

    from read_lake import duckdb_with_iceberg, local_path

    catalog = SqlCatalog("lake", uri=f"sqlite:///{path}/catalog.db", warehouse=f"file://{path}/warehouse")
    table = local_path(catalog.load_table(("corewatch", "dns_messages")).metadata_location)
    connection = duckdb_with_iceberg()

    def count(column):
        rows = connection.execute(
            f"select {column}, count(*) from iceberg_scan($1) where transport = 'udp' and {column} is not null group by 1",
            [table],
        ).fetchall()
        return texts(dict(rows))

    messages = connection.execute("select count(*) from iceberg_scan($1) where transport = 'udp'", [table]).fetchone()[0]
    return {"messages": messages, "rcode": count("rcode"), "qtype": count("qtype"), "edns": count("edns_udp_octets")}


def texts(counts):
    return {str(key): count for key, count in counts.items()}


# ---- packets ----


def dns_messages(path):
    fragments = collections.defaultdict(dict)
    for link, packet in packets(load(path)):
        network = network_layer(link, packet)
        if not network:
            continue
        protocol, payload, fragment = datagram(network)
        if fragment is not None:
            payload = whole(fragments, fragment, payload)
        if protocol != 17 or payload is None or len(payload) < 8:
            continue
        source, destination, octets = struct.unpack(">HHH", payload[:6])
        message = payload[8:octets]
        if DNS_PORT in (source, destination) and len(message) >= 12:
            yield message


def load(path):
    with open(path, "rb") as file:
        octets = file.read()
    if octets[:6] == b"\xfd7zXZ\0":
        return lzma.decompress(octets)
    return gzip.decompress(octets) if octets[:2] == b"\x1f\x8b" else octets


def packets(octets):
    """Link type and octets of every packet of a pcapng file in little-endian order, or of a pcap file."""
    if octets[:4] != b"\x0a\x0d\x0d\x0a":
        yield from pcap_packets(octets)
        return
    links, at = [], 0
    while at + 12 <= len(octets):
        kind, length = struct.unpack_from("<II", octets, at)
        if kind == 0x0A0D0D0A:
            links = []
        elif kind == 1:
            links.append(struct.unpack_from("<H", octets, at + 8)[0])
        elif kind == 6:
            interface, _, _, captured = struct.unpack_from("<IIII", octets, at + 8)
            yield links[interface], octets[at + 28 : at + 28 + captured]
        at += length


def pcap_packets(octets):
    order = "<" if octets[:4] in (b"\xd4\xc3\xb2\xa1", b"\x4d\x3c\xb2\xa1") else ">"
    link = struct.unpack_from(order + "I", octets, 20)[0] & 0xFFFF
    at = 24
    while at + 16 <= len(octets):
        captured = struct.unpack_from(order + "I", octets, at + 8)[0]
        yield link, octets[at + 16 : at + 16 + captured]
        at += 16 + captured


def network_layer(link, packet):
    if link == 101:
        return packet
    if link != 1:
        return None
    at = 12
    while packet[at : at + 2] in (b"\x81\x00", b"\x88\xa8"):
        at += 4
    return packet[at + 2 :] if packet[at : at + 2] in (b"\x08\x00", b"\x86\xdd") else None


def datagram(packet):
    """Protocol, payload, and if it is a fragment, whose, where, and whether more follow."""
    if packet[0] >> 4 == 4:
        header, total, ident, place = (packet[0] & 15) * 4, *struct.unpack_from(">HHH", packet, 2)
        payload, at = packet[header:total], (place & 0x1FFF) * 8
        if place & 0x2000 or at:
            return packet[9], payload, ((packet[12:20], ident), at, bool(place & 0x2000))
        return packet[9], payload, None
    total = 40 + struct.unpack_from(">H", packet, 4)[0]
    protocol, at, fragment = packet[6], 40, None
    while protocol in (0, 43, 44, 60):
        following, length = packet[at], 8 if protocol == 44 else 8 + packet[at + 1] * 8
        if protocol == 44:
            place, ident = struct.unpack_from(">HI", packet, at + 2)
            fragment = ((packet[8:40], ident), place & 0xFFF8, bool(place & 1))
        protocol, at = following, at + length
    return protocol, packet[at:total], fragment


def whole(fragments, fragment, payload):
    """The payload of all fragments, once the last one that was missing is here."""
    datagram_of, at, has_more = fragment
    parts = fragments[datagram_of]
    parts[at] = (payload, has_more)
    joined = b""
    while len(joined) in parts:
        part, has_more = parts[len(joined)]
        joined += part
        if not has_more:
            del fragments[datagram_of]
            return joined
        if not part:
            return None
    return None


if __name__ == "__main__":
    main()
