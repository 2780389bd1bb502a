//! Types of resource records (IANA, DNS Parameters) and their names.

use core::fmt;

/// TYPE of a resource record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RecordType(pub u16);

impl RecordType {
    /// IPv4 address (RFC 1035).
    pub const A: Self = Self(1);
    /// Authoritative server (RFC 1035).
    pub const NS: Self = Self(2);
    /// Canonical name (RFC 1035).
    pub const CNAME: Self = Self(5);
    /// Start of a zone of authority (RFC 1035).
    pub const SOA: Self = Self(6);
    /// Pointer to a name (RFC 1035).
    pub const PTR: Self = Self(12);
    /// Mail exchange (RFC 1035).
    pub const MX: Self = Self(15);
    /// Text (RFC 1035).
    pub const TXT: Self = Self(16);
    /// IPv6 address (RFC 3596).
    pub const AAAA: Self = Self(28);
    /// Server of a service (RFC 2782).
    pub const SRV: Self = Self(33);
    /// Delegation of a subtree (RFC 6672).
    pub const DNAME: Self = Self(39);
    /// EDNS (RFC 6891).
    pub const OPT: Self = Self(41);

    /// Its mnemonic; none for types without one, and for those that hardly anybody has.
    pub const fn name(self) -> Option<&'static str> {
        Some(match self.0 {
            1 => "A",
            2 => "NS",
            3 => "MD",
            4 => "MF",
            5 => "CNAME",
            6 => "SOA",
            7 => "MB",
            8 => "MG",
            9 => "MR",
            10 => "NULL",
            11 => "WKS",
            12 => "PTR",
            13 => "HINFO",
            14 => "MINFO",
            15 => "MX",
            16 => "TXT",
            _ => return self.name_of_later(),
        })
    }

    /// Of types behind those of RFC 1035.
    const fn name_of_later(self) -> Option<&'static str> {
        Some(match self.0 {
            17 => "RP",
            18 => "AFSDB",
            19 => "X25",
            20 => "ISDN",
            21 => "RT",
            24 => "SIG",
            25 => "KEY",
            26 => "PX",
            28 => "AAAA",
            29 => "LOC",
            30 => "NXT",
            33 => "SRV",
            35 => "NAPTR",
            36 => "KX",
            37 => "CERT",
            39 => "DNAME",
            41 => "OPT",
            42 => "APL",
            43 => "DS",
            44 => "SSHFP",
            45 => "IPSECKEY",
            46 => "RRSIG",
            47 => "NSEC",
            48 => "DNSKEY",
            49 => "DHCID",
            50 => "NSEC3",
            51 => "NSEC3PARAM",
            52 => "TLSA",
            53 => "SMIMEA",
            _ => return self.name_of_latest(),
        })
    }

    /// Of types behind those of DNSSEC and DANE.
    const fn name_of_latest(self) -> Option<&'static str> {
        Some(match self.0 {
            55 => "HIP",
            59 => "CDS",
            60 => "CDNSKEY",
            61 => "OPENPGPKEY",
            62 => "CSYNC",
            63 => "ZONEMD",
            64 => "SVCB",
            65 => "HTTPS",
            66 => "DSYNC",
            99 => "SPF",
            104 => "NID",
            105 => "L32",
            106 => "L64",
            107 => "LP",
            108 => "EUI48",
            109 => "EUI64",
            249 => "TKEY",
            250 => "TSIG",
            251 => "IXFR",
            252 => "AXFR",
            255 => "ANY",
            256 => "URI",
            257 => "CAA",
            32768 => "TA",
            32769 => "DLV",
            _ => return None,
        })
    }
}

/// The mnemonic, else `TYPE65280` (RFC 3597, section 5).
impl fmt::Display for RecordType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => f.write_str(name),
            None => write!(f, "TYPE{}", self.0),
        }
    }
}
