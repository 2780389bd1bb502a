//! What RDATA of each type consists of.

use super::super::RecordType;
use Field::*;

/// A part of RDATA, with its name if it can be cut short.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Field {
    /// A number of one octet.
    U8(&'static str),
    /// Of two.
    U16(&'static str),
    /// Of four.
    U32(&'static str),
    /// A time in seconds since 1970, of four octets.
    Time(&'static str),
    /// A type of records.
    Type,
    /// An IPv4 address.
    Ipv4,
    /// An IPv6 address.
    Ipv6,
    /// A name that may be compressed.
    Name,
    /// A name that must not be.
    PlainName,
    /// A character-string: octets behind one that says how many.
    Text(&'static str),
    /// Character-strings up to the end, one at least.
    Texts(&'static str),
    /// A word behind an octet that says how long it is.
    Word(&'static str),
    /// Text up to the end.
    RestAsText,
    /// Hexadecimal, behind an octet that says how much; `-` if there is none.
    CountedHex(&'static str),
    /// Base32 of the extended alphabet, behind an octet that says how much.
    CountedBase32(&'static str),
    /// Hexadecimal up to the end.
    Hex,
    /// Base64 up to the end.
    Base64,
    /// A bitmap of types up to the end, in windows (RFC 4034, section 4.1.2).
    Types,
    /// A bitmap up to the end, without windows: of ports (RFC 1035, section 3.4.2).
    Ports,
    /// The same of types (RFC 2535, section 5.2).
    FirstTypes,
    /// Parameters of a service up to the end (RFC 9460, section 2.2).
    ServiceParameters,
}

impl Field {
    /// Whether it may be nothing: then there is nothing to separate it from what is before.
    pub(super) const fn may_be_empty(self) -> bool {
        matches!(
            self,
            Hex | Base64 | Types | Ports | FirstTypes | ServiceParameters
        )
    }
}

/// The fields of RDATA of a type; none if it is not taken apart. An address of CHAOS is no IPv4 address (RFC 1035, section 3.4).
pub(super) const fn layout(record_type: RecordType, class: u16) -> &'static [Field] {
    match record_type.0 {
        1 if class != CHAOS => &[Ipv4],
        2 | 3 | 4 | 5 | 7 | 8 | 9 | 12 | 39 => &[Name],
        6 => &SOA,
        11 if class != CHAOS => &[Ipv4, U8("PROTOCOL"), Ports],
        13 => &[Text("CPU"), Text("OS")],
        14 | 17 => &[Name, Name],
        15 | 18 | 21 => &[U16("PREFERENCE"), Name],
        16 | 99 => &[Texts("TXT-DATA")],
        19 => &[Text("PSDN-address")],
        20 => &[Texts("ISDN-address")],
        26 => &[U16("PREFERENCE"), Name, Name],
        28 => &[Ipv6],
        33 => &[U16("Priority"), U16("Weight"), U16("Port"), Name],
        35 => &NAPTR,
        36 => &[U16("PREFERENCE"), PlainName],
        256 => &[U16("Priority"), U16("Weight"), RestAsText],
        257 => &[U8("Flags"), Word("Tag"), RestAsText],
        _ => layout_of_security(record_type),
    }
}

const CHAOS: u16 = 3;

/// Of the types of DNSSEC, DANE and of service bindings.
const fn layout_of_security(record_type: RecordType) -> &'static [Field] {
    match record_type.0 {
        24 => &SIG,
        25 | 48 | 60 => &[U16("Flags"), U8("Protocol"), U8("Algorithm"), Base64],
        30 => &[Name, FirstTypes],
        37 => &[U16("type"), U16("key tag"), U8("algorithm"), Base64],
        43 | 59 | 32768 | 32769 => &[U16("Key Tag"), U8("Algorithm"), U8("Digest Type"), Hex],
        44 => &[U8("algorithm"), U8("fp type"), Hex],
        46 => &RRSIG,
        47 => &[PlainName, Types],
        49 | 61 => &[Base64],
        50 => &NSEC3,
        51 => &NSEC3PARAM,
        52 | 53 => &[
            U8("Certificate Usage"),
            U8("Selector"),
            U8("Matching Type"),
            Hex,
        ],
        62 => &[U32("SOA Serial"), U16("Flags"), Types],
        63 => &[U32("Serial"), U8("Scheme"), U8("Hash Algorithm"), Hex],
        64 | 65 => &[U16("SvcPriority"), PlainName, ServiceParameters],
        _ => &[],
    }
}

const SOA: [Field; 7] = [
    Name,
    Name,
    U32("SERIAL"),
    U32("REFRESH"),
    U32("RETRY"),
    U32("EXPIRE"),
    U32("MINIMUM"),
];

const NAPTR: [Field; 6] = [
    U16("ORDER"),
    U16("PREFERENCE"),
    Text("FLAGS"),
    Text("SERVICES"),
    Text("REGEXP"),
    Name,
];

const SIG: [Field; 9] = signature(Name);
const RRSIG: [Field; 9] = signature(PlainName);

/// With the name of who has signed.
const fn signature(signer: Field) -> [Field; 9] {
    [
        Type,
        U8("Algorithm"),
        U8("Labels"),
        U32("Original TTL"),
        Time("Signature Expiration"),
        Time("Signature Inception"),
        U16("Key Tag"),
        signer,
        Base64,
    ]
}

const NSEC3: [Field; 6] = [
    U8("Hash Algorithm"),
    U8("Flags"),
    U16("Iterations"),
    CountedHex("Salt"),
    CountedBase32("Next Hashed Owner Name"),
    Types,
];

const NSEC3PARAM: [Field; 4] = [
    U8("Hash Algorithm"),
    U8("Flags"),
    U16("Iterations"),
    CountedHex("Salt"),
];
