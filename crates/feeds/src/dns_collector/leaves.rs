//! Where the leaves of a message are. Its two forms have the same ones: objects in objects, or one object whose names join
//! theirs with dots. Lists have three forms: a list, numbers among the names (`an.0.name`), or a text for each kind of member
//! with bars between them (`an.names`).

use crate::json::{Document, Place};

/// Where the leaves are. Of two with the same name the last one counts; `-` stands for none.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Leaves {
    pub(super) length: Place,
    pub(super) id: Place,
    pub(super) opcode: Place,
    pub(super) rcode: Place,
    pub(super) qname: Place,
    pub(super) qtype: Place,
    pub(super) qclass: Place,
    /// QDCOUNT, ANCOUNT, NSCOUNT, ARCOUNT.
    pub(super) counts: [Place; 4],
    /// QR, AA, TC, RD, RA, AD, CD.
    pub(super) flags: [Place; 7],
    pub(super) malformed: Place,
    pub(super) edns_udp_size: Place,
    pub(super) edns_rcode: Place,
    pub(super) edns_version: Place,
    pub(super) edns_do: Place,
    pub(super) family: Place,
    pub(super) protocol: Place,
    pub(super) query_ip: Place,
    pub(super) query_port: Place,
    pub(super) response_ip: Place,
    pub(super) response_port: Place,
    pub(super) operation: Place,
    pub(super) identity: Place,
    pub(super) timestamp: Place,
    pub(super) latency: Place,
    pub(super) query_zone: Place,
    /// Type, action, match, rule, value.
    pub(super) policy: [Place; 5],
    pub(super) payload: Place,
    /// Whether anything is told of options, be it that there are none.
    pub(super) tells_options: bool,
    /// Members with bars between them: of options, and of the sections of records.
    pub(super) joined: [Item; 4],
}

/// The members of an option or a record.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Item {
    /// 0 for options, else the section as in `dns_records`.
    pub(super) list: u8,
    /// Number of it within its list.
    pub(super) index: u32,
    pub(super) name: Place,
    /// Code or type.
    pub(super) kind: Place,
    pub(super) class: Place,
    pub(super) ttl: Place,
    pub(super) data: Place,
}

/// The lists of a message, as its names call them.
const LISTS: [&str; 4] = [
    "edns.options",
    "dns.resource-records.an",
    "dns.resource-records.ns",
    "dns.resource-records.ar",
];

impl Leaves {
    /// Finds the leaves, and puts options and records into `items`, in order. None if the text is no object.
    #[inline]
    pub(super) fn read(document: &Document<'_>, items: &mut Vec<Item>) -> Option<Self> {
        items.clear();
        let mut leaves = Self::default();
        for (name, place) in document.members(Place::ROOT)? {
            leaves.tells_options |= name.starts_with(b"edns.options");
            match name {
                _ if is_absent(document, place) => {}
                b"dns" | b"edns" | b"network" | b"dnstap" | b"extracted" => {
                    leaves.read_group(document, name, place, items);
                }
                _ => leaves.take_flat(document, name, place, items),
            }
        }
        join(items);
        Some(leaves)
    }

    /// Whether there is anything that a message of DNS-collector has.
    pub(super) fn tell_message(&self, document: &Document<'_>) -> bool {
        [
            self.operation,
            self.timestamp,
            self.query_ip,
            self.response_ip,
            self.id,
            self.qname,
            self.rcode,
            self.payload,
        ]
        .iter()
        .any(|place| document.has(*place))
    }

    fn read_group(
        &mut self,
        document: &Document<'_>,
        group: &[u8],
        object: Place,
        items: &mut Vec<Item>,
    ) {
        for (name, place) in document.members(object).into_iter().flatten() {
            self.tells_options |= (group, name) == (b"edns", b"options");
            match (group, name) {
                _ if is_absent(document, place) => {}
                (b"dns", b"flags") => {
                    for (name, place) in known(document, place).into_iter().flatten() {
                        set(self.flag(name), place);
                    }
                }
                (b"dns", b"resource-records") => {
                    for (name, list) in known(document, place).into_iter().flatten() {
                        read_list(document, section_of(name), list, items);
                    }
                }
                (b"edns", b"options") => read_list(document, Some(0), place, items),
                _ => set(self.leaf(group, name), place),
            }
        }
    }

    /// Takes a member whose name joins those of the objects around it.
    #[inline]
    fn take_flat(
        &mut self,
        document: &Document<'_>,
        name: &[u8],
        place: Place,
        items: &mut Vec<Item>,
    ) {
        let Some(dot) = memchr::memchr(b'.', name) else {
            return;
        };
        let (group, leaf) = name.split_at_checked(dot).unwrap_or((name, &[]));
        let leaf = leaf.get(1..).unwrap_or_default();
        if let Some(flag) = leaf.strip_prefix(b"flags.") {
            set(self.flag(flag), place);
        } else if leaf.starts_with(b"resource-records.") || leaf.starts_with(b"options") {
            self.take_item(document, name, place, items);
        } else {
            set(self.leaf(group, leaf), place);
        }
    }

    /// A whole list, or a member of one of its items, or that member of all its items.
    fn take_item(
        &mut self,
        document: &Document<'_>,
        name: &[u8],
        place: Place,
        items: &mut Vec<Item>,
    ) {
        for ((list, number), joined) in LISTS.iter().zip(0_u8..).zip(&mut self.joined) {
            let Some(rest) = name.strip_prefix(list.as_bytes()) else {
                continue;
            };
            let Some(rest) = rest.strip_prefix(b".") else {
                return read_list(document, Some(number), place, items);
            };
            let Some(dot) = memchr::memchr(b'.', rest) else {
                return set(joined.named(singular(rest)), place);
            };
            let (index, member) = rest.split_at_checked(dot).unwrap_or((rest, &[]));
            let index = std::str::from_utf8(index).ok().and_then(|n| n.parse().ok());
            let Some(index) = index else {
                return;
            };
            let mut item = Item {
                list: number,
                index,
                ..Item::default()
            };
            set(item.named(member.get(1..).unwrap_or_default()), place);
            return items.push(item);
        }
    }

    #[inline]
    fn flag(&mut self, name: &[u8]) -> Option<&mut Place> {
        let [qr, aa, tc, rd, ra, ad, cd] = &mut self.flags;
        Some(match name {
            b"qr" => qr,
            b"aa" => aa,
            b"tc" => tc,
            b"rd" => rd,
            b"ra" => ra,
            b"ad" => ad,
            b"cd" => cd,
            _ => return None,
        })
    }

    #[inline]
    fn leaf(&mut self, group: &[u8], name: &[u8]) -> Option<&mut Place> {
        match group {
            b"dns" => self.dns_leaf(name),
            b"edns" => Some(match name {
                b"udp-size" => &mut self.edns_udp_size,
                b"rcode" => &mut self.edns_rcode,
                b"version" => &mut self.edns_version,
                b"dnssec-ok" => &mut self.edns_do,
                _ => return None,
            }),
            b"network" => Some(match name {
                b"family" => &mut self.family,
                b"protocol" => &mut self.protocol,
                b"query-ip" => &mut self.query_ip,
                b"query-port" => &mut self.query_port,
                b"response-ip" => &mut self.response_ip,
                b"response-port" => &mut self.response_port,
                _ => return None,
            }),
            b"dnstap" => self.dnstap_leaf(name),
            b"extracted" if name == b"dns_payload" => Some(&mut self.payload),
            _ => None,
        }
    }

    fn dns_leaf(&mut self, name: &[u8]) -> Option<&mut Place> {
        let [qdcount, ancount, nscount, arcount] = &mut self.counts;
        Some(match name {
            b"length" => &mut self.length,
            b"id" => &mut self.id,
            b"opcode" => &mut self.opcode,
            b"rcode" => &mut self.rcode,
            b"qname" => &mut self.qname,
            b"qtype" => &mut self.qtype,
            b"qclass" => &mut self.qclass,
            b"qdcount" | b"questions-count" => qdcount,
            b"ancount" => ancount,
            b"nscount" => nscount,
            b"arcount" => arcount,
            b"malformed-packet" => &mut self.malformed,
            _ => return None,
        })
    }

    fn dnstap_leaf(&mut self, name: &[u8]) -> Option<&mut Place> {
        let [policy_type, action, matched, rule, value] = &mut self.policy;
        Some(match name {
            b"operation" => &mut self.operation,
            b"identity" => &mut self.identity,
            b"timestamp-rfc3339ns" => &mut self.timestamp,
            b"latency" => &mut self.latency,
            b"query-zone" => &mut self.query_zone,
            b"policy-type" => policy_type,
            b"policy-action" => action,
            b"policy-match" => matched,
            b"policy-rule" => rule,
            b"policy-value" => value,
            _ => return None,
        })
    }
}

impl Item {
    fn named(&mut self, name: &[u8]) -> Option<&mut Place> {
        Some(match name {
            b"name" => &mut self.name,
            b"code" | b"rdatatype" => &mut self.kind,
            b"class" => &mut self.class,
            b"ttl" => &mut self.ttl,
            b"data" | b"rdata" => &mut self.data,
            _ => return None,
        })
    }

    /// Takes over what another part of the same item has.
    fn add(&mut self, other: &Self) {
        for (own, other) in [
            (&mut self.name, other.name),
            (&mut self.kind, other.kind),
            (&mut self.class, other.class),
            (&mut self.ttl, other.ttl),
            (&mut self.data, other.data),
        ] {
            if other != Place::default() {
                *own = other;
            }
        }
    }
}

/// The members of an object that are not `-`.
#[inline]
fn known<'a>(
    document: &Document<'a>,
    object: Place,
) -> Option<impl Iterator<Item = (&'a [u8], Place)>> {
    let document = *document;
    let is_known = move |(_, place): &(_, Place)| !is_absent(&document, *place);
    Some(document.members(object)?.filter(is_known))
}

/// `-` stands for what is not there.
fn is_absent(document: &Document<'_>, place: Place) -> bool {
    document.string(place) == Some("-")
}

#[inline]
fn set(named: Option<&mut Place>, place: Place) {
    if let Some(named) = named {
        *named = place;
    }
}

fn section_of(name: &[u8]) -> Option<u8> {
    match name {
        b"an" => Some(1),
        b"ns" => Some(2),
        b"ar" => Some(3),
        _ => None,
    }
}

/// The name of one of those whose names are joined.
fn singular(name: &[u8]) -> &[u8] {
    match name {
        b"names" => b"name",
        b"codes" => b"code",
        b"rdatatypes" => b"rdatatype",
        b"classes" => b"class",
        b"ttls" => b"ttl",
        b"datas" | b"rdatas" => b"data",
        _ => b"",
    }
}

fn read_list(document: &Document<'_>, list: Option<u8>, place: Place, items: &mut Vec<Item>) {
    let (Some(list), Some(elements)) = (list, document.elements(place)) else {
        return;
    };
    for (element, index) in elements.zip(0_u32..) {
        let mut item = Item {
            list,
            index,
            ..Item::default()
        };
        for (name, place) in known(document, element).into_iter().flatten() {
            set(item.named(name), place);
        }
        items.push(item);
    }
}

/// Brings items into order, and the parts of each together.
fn join(items: &mut Vec<Item>) {
    let key = |item: &Item| (item.list, item.index);
    if !items.is_sorted_by(|one, other| key(one) < key(other)) {
        items.sort_unstable_by_key(key);
        items.dedup_by(|later, first| {
            let is_same = key(later) == key(first);
            if is_same {
                first.add(later);
            }
            is_same
        });
    }
}
