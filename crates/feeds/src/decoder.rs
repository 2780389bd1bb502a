//! The decoder of one partition.

use crate::dns::Dns;
use crate::json::Json;
use crate::message::{Given, MessageRows};
use crate::peers::Peers;
use crate::{
    Format, Notices, Outcome, Privacy, StateError, atlas, bgp, bmp, dns_collector, dnstap, fstrm,
    mrt, openbmp, pcap, pdns, ris_live, sample, signature, state,
};
use tables::{Provenance, RowSink};

/// How a feed is to be decoded.
#[derive(Clone, Debug)]
pub struct DecoderSettings {
    /// How its messages are encoded.
    pub format: Format,
    /// Whether its times are believed, however old they are.
    pub is_archive: bool,
    /// The project, where neither the provenance nor the message names one.
    pub project: String,
    /// The collector, where neither the provenance nor the message names one.
    pub collector: String,
    /// A router's own time counts if it is so near to that of its envelope, in microseconds (BMP).
    pub peer_time_tolerance_us: i64,
    /// Whether a collector's own ASN is stripped from the front of AS_PATH, as RouteViews puts it there.
    pub strips_collector_asn: bool,
    /// What becomes of clients' addresses (DNS).
    pub privacy: Privacy,
    /// Of so many parts of 2^32 messages rows are made, the others are skipped (DNS). Which ones depends on where they stand
    /// in Kafka alone.
    pub sample: Option<u32>,
    /// Whether rows of `dns_records` are made.
    pub gives_dns_records: bool,
    /// Whether undamaged DNS messages are kept as received, too.
    pub keeps_dns_messages: bool,
    /// Whether the registered domain and the public suffix of QNAME are looked up (DNS).
    pub gives_registered_domains: bool,
    /// Ports of DNS servers in packet captures.
    pub dns_ports: Vec<u16>,
}

impl DecoderSettings {
    /// The defaults of a format.
    pub fn new(format: Format) -> Self {
        Self {
            format,
            is_archive: format.is_archive(),
            project: String::new(),
            collector: String::new(),
            peer_time_tolerance_us: PEER_TIME_TOLERANCE_US,
            strips_collector_asn: false,
            privacy: Privacy::default(),
            sample: None,
            gives_dns_records: false,
            keeps_dns_messages: false,
            gives_registered_domains: true,
            dns_ports: vec![53],
        }
    }

    /// Whether the settings tell more than the provenance, for a format whose messages never name an observer. The others
    /// look here themselves, after the message.
    #[inline]
    fn adds_to(&self, provenance: &Provenance<'_>, format: Option<Format>) -> bool {
        let names_none = matches!(
            format,
            Some(Format::Mrt | Format::Atlas | Format::Pcap) | None
        );
        let adds_project = provenance.project.is_empty() && !self.project.is_empty();
        let adds_collector = provenance.collector.is_empty() && !self.collector.is_empty();
        names_none && (adds_project || adds_collector)
    }

    /// Whether no rows are made of a message, because others stand for it.
    #[inline]
    fn leaves_out(&self, provenance: &Provenance<'_>, format: Option<Format>) -> bool {
        let share = self.sample.filter(|_| format.is_some_and(Format::is_dns));
        share.is_some_and(|share| !sample::takes(provenance, share))
    }

    /// A provenance with the settings' observers where it has none.
    fn added_to<'a>(&'a self, provenance: &Provenance<'a>) -> Provenance<'a> {
        let or = |named: &'a str, configured: &'a str| match named {
            "" => configured,
            named => named,
        };
        Provenance {
            project: or(provenance.project, &self.project),
            collector: or(provenance.collector, &self.collector),
            ..*provenance
        }
    }
}

/// One hour: a guess.
const PEER_TIME_TOLERANCE_US: i64 = 3600 * 1_000_000;

/// Decodes the messages of one partition, in order.
#[derive(Debug)]
pub struct Decoder {
    settings: DecoderSettings,
    peer_index: mrt::PeerIndex,
    bgp: bgp::Memory,
    bmp_texts: bmp::Texts,
    ris_live: ris_live::Scratch,
    json: Json,
    dnstap: dnstap::Texts,
    pdns: pdns::Scratch,
    atlas: atlas::Scratch,
    dns_collector: dns_collector::Scratch,
    dns: Dns,
    pcap: pcap::Memory,
    notices: Notices,
}

impl Decoder {
    /// Knows nothing yet.
    pub fn new(settings: DecoderSettings) -> Self {
        Self {
            dns: Dns::new(&settings),
            json: Json::default(),
            dnstap: dnstap::Texts::default(),
            pdns: pdns::Scratch::default(),
            atlas: atlas::Scratch::default(),
            dns_collector: dns_collector::Scratch::default(),
            pcap: pcap::Memory::default(),
            settings,
            peer_index: mrt::PeerIndex::default(),
            bgp: bgp::Memory::default(),
            bmp_texts: bmp::Texts::default(),
            ris_live: ris_live::Scratch::default(),
            notices: Notices::default(),
        }
    }

    /// Decodes one message and pushes its rows.
    #[inline]
    pub fn decode(
        &mut self,
        payload: &[u8],
        provenance: &Provenance<'_>,
        sink: &mut impl RowSink,
    ) -> Outcome {
        let recognised;
        let (format, provenance) = match self.settings.format {
            Format::Auto => {
                recognised = as_recognised(payload, provenance);
                (recognised.0, &recognised.1)
            }
            told => (Some(told), provenance),
        };
        if self.settings.leaves_out(provenance, format) {
            return Outcome::Skipped("sampled");
        }
        let configured;
        let provenance = if self.settings.adds_to(provenance, format) {
            configured = self.settings.added_to(provenance);
            &configured
        } else {
            provenance
        };
        let mut given = Given::default();
        let mut rows = MessageRows::new(
            provenance,
            format,
            &self.settings,
            sink,
            &mut given,
            &mut self.notices,
        );
        let (peer_index, memory) = (&mut self.peer_index, &mut self.bgp);
        let texts = &mut self.bmp_texts;
        match format {
            Some(Format::Mrt) => mrt::decode_message(payload, peer_index, memory, &mut rows),
            Some(Format::OpenBmp) => openbmp::decode_message(payload, texts, memory, &mut rows),
            Some(Format::Bmp) => bmp::decode_message(payload, texts, memory, &mut rows),
            Some(Format::RisLive) => {
                ris_live::decode_message(payload, &mut self.ris_live, memory, &mut rows);
            }
            Some(Format::Dnstap) => {
                dnstap::decode_message(payload, &mut self.dnstap, &mut self.dns, &mut rows);
            }
            Some(Format::Fstrm) => {
                fstrm::decode_message(payload, &mut self.dnstap, &mut self.dns, &mut rows);
            }
            Some(Format::Atlas) => {
                let (json, scratch) = (&mut self.json, &mut self.atlas);
                atlas::decode_message(payload, json, scratch, &mut self.dns, &mut rows);
            }
            Some(Format::DnsCollector) => {
                let (json, scratch) = (&mut self.json, &mut self.dns_collector);
                dns_collector::decode_message(payload, json, scratch, &mut self.dns, &mut rows);
            }
            Some(Format::Pdns) => {
                pdns::decode_message(payload, &mut self.pdns, &mut self.dns, &mut rows);
            }
            Some(Format::Pcap) => {
                pcap::decode_message(payload, &mut self.pcap, &mut self.dns, &mut rows);
            }
            Some(Format::Auto) | None => signature::refuse(payload, &mut rows),
        }
        given.outcome()
    }

    /// What was noticed since the last call.
    pub fn take_notices(&mut self) -> Notices {
        std::mem::take(&mut self.notices)
    }

    /// Counts up whenever a message has taught the decoder something that [`Decoder::export_state`] would hold.
    pub fn state_version(&self) -> u64 {
        self.peer_index
            .version()
            .wrapping_add(self.bgp.peers.version())
    }

    /// What it has learned; empty if nothing. The same messages give the same octets.
    pub fn export_state(&self) -> Vec<u8> {
        let mut octets = state::begin();
        if let Some(table) = self.peer_index.as_received() {
            state::push_section(&mut octets, state::MRT_PEER_INDEX, table);
        }
        if !self.bgp.peers.is_empty() {
            state::push_section(&mut octets, state::PEERS, &self.bgp.peers.export());
        }
        state::end(octets)
    }

    /// Takes up what another decoder has learned, instead of what it knows; an empty state is none. After an error it
    /// knows what it did before.
    ///
    /// # Errors
    /// [`StateError`] if it was written by another version, or is damaged.
    pub fn load_state(&mut self, octets: &[u8]) -> Result<(), StateError> {
        let (mut peer_index, mut peers) = (mrt::PeerIndex::default(), Peers::default());
        if !octets.is_empty() {
            state::for_each_section(octets, |tag, section| {
                let loaded = match tag {
                    state::MRT_PEER_INDEX => peer_index.load(section),
                    state::PEERS => Peers::load(section).map(|loaded| peers = loaded),
                    _ => return Err(StateError::Damaged),
                };
                loaded.map_err(|_| StateError::Damaged)
            })?;
        }
        self.peer_index = peer_index;
        self.bgp.peers = peers;
        Ok(())
    }
}

/// The format that a message has by its signature. The rows name that one.
#[inline(never)]
fn as_recognised<'a>(
    payload: &[u8],
    provenance: &Provenance<'a>,
) -> (Option<Format>, Provenance<'a>) {
    let format = signature::format_of(payload);
    let name = format.map_or(provenance.format, Format::name);
    let provenance = Provenance {
        format: name,
        ..*provenance
    };
    (format, provenance)
}
