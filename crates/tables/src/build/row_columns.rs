//! Columns of tables whose rows come one at a time (`sessions`, `rejects`): Arrow's own builders will do.

use super::keys::dictionary_array;
use super::{Addresses, Texts};
use crate::{Kind, ObservedAt, Peer, Provenance};
use arrow::array::{
    ArrayRef, Int32Builder, Int64Builder, NullBufferBuilder, PrimitiveBuilder,
    TimestampMicrosecondBuilder,
};
use arrow::datatypes::ArrowPrimitiveType;
use std::net::IpAddr;
use std::sync::Arc;

/// A column of text that repeats.
#[derive(Debug)]
pub(crate) struct TextColumn {
    texts: Texts,
    keys: OptionalKeys,
}

impl TextColumn {
    pub(crate) fn new() -> Self {
        Self {
            texts: Texts::default(),
            keys: OptionalKeys::new(),
        }
    }

    pub(crate) fn append(&mut self, text: Option<&str>) {
        let key = text.map(|text| self.texts.key(text));
        self.keys.append(key);
    }

    pub(crate) fn finish(&mut self) -> ArrayRef {
        let array = self.keys.finish(&self.texts.dictionary().values);
        self.texts.reset_if_full();
        array
    }
}

/// A column of addresses as text.
#[derive(Debug)]
pub(crate) struct AddressColumn {
    addresses: Addresses,
    keys: OptionalKeys,
}

impl AddressColumn {
    pub(crate) fn new() -> Self {
        Self {
            addresses: Addresses::default(),
            keys: OptionalKeys::new(),
        }
    }

    pub(crate) fn append(&mut self, address: Option<IpAddr>) {
        let key = address.map(|address| self.addresses.key(address));
        self.keys.append(key);
    }

    pub(crate) fn finish(&mut self) -> ArrayRef {
        let array = self.keys.finish(&self.addresses.dictionary().values);
        self.addresses.reset_if_full();
        array
    }
}

#[derive(Debug)]
struct OptionalKeys {
    keys: Vec<i32>,
    nulls: NullBufferBuilder,
}

impl OptionalKeys {
    fn new() -> Self {
        Self {
            keys: Vec::new(),
            nulls: NullBufferBuilder::new(0),
        }
    }

    fn append(&mut self, key: Option<i32>) {
        self.keys.push(key.unwrap_or_default());
        self.nulls.append(key.is_some());
    }

    fn finish(&mut self, values: &ArrayRef) -> ArrayRef {
        dictionary_array(std::mem::take(&mut self.keys), self.nulls.finish(), values)
    }
}

/// The columns that all tables share.
#[derive(Debug)]
pub(crate) struct ProvenanceColumns {
    kafka_topic: TextColumn,
    kafka_partition: Int32Builder,
    kafka_offset: Int64Builder,
    item: Int32Builder,
    observed_at: TimestampMicrosecondBuilder,
    brokered_at: TimestampMicrosecondBuilder,
    ingested_at: TimestampMicrosecondBuilder,
    reported_at: TimestampMicrosecondBuilder,
    project: TextColumn,
    collector: TextColumn,
    router: TextColumn,
    format: TextColumn,
}

impl ProvenanceColumns {
    pub(crate) fn new() -> Self {
        Self {
            kafka_topic: TextColumn::new(),
            kafka_partition: Int32Builder::new(),
            kafka_offset: Int64Builder::new(),
            item: Int32Builder::new(),
            observed_at: numbers(Kind::Timestamp),
            brokered_at: numbers(Kind::Timestamp),
            ingested_at: numbers(Kind::Timestamp),
            reported_at: numbers(Kind::Timestamp),
            project: TextColumn::new(),
            collector: TextColumn::new(),
            router: TextColumn::new(),
            format: TextColumn::new(),
        }
    }

    pub(crate) fn append(
        &mut self,
        provenance: &Provenance<'_>,
        item: i32,
        observed_at: ObservedAt,
    ) {
        self.kafka_topic.append(Some(provenance.kafka_topic));
        self.kafka_partition
            .append_value(provenance.kafka_partition);
        self.kafka_offset.append_value(provenance.kafka_offset);
        self.item.append_value(item);
        self.observed_at.append_value(observed_at.at);
        self.brokered_at.append_option(provenance.brokered_at);
        self.ingested_at.append_value(provenance.ingested_at);
        self.reported_at.append_option(observed_at.reported_at);
        self.project.append(named(provenance.project));
        self.collector.append(named(provenance.collector));
        self.router.append(provenance.router);
        self.format.append(Some(provenance.format));
    }

    pub(crate) fn finish(&mut self, arrays: &mut Vec<ArrayRef>) {
        arrays.extend([
            self.kafka_topic.finish(),
            Arc::new(self.kafka_partition.finish()),
            Arc::new(self.kafka_offset.finish()),
            Arc::new(self.item.finish()),
            Arc::new(self.observed_at.finish()),
            Arc::new(self.brokered_at.finish()),
            Arc::new(self.ingested_at.finish()),
            Arc::new(self.reported_at.finish()),
            self.project.finish(),
            self.collector.finish(),
            self.router.finish(),
            self.format.finish(),
        ]);
    }
}

/// The columns that tell of a peer.
#[derive(Debug)]
pub(crate) struct PeerColumns {
    ip: AddressColumn,
    bgp_id: AddressColumn,
    asn: Int64Builder,
    distinguisher: TextColumn,
}

impl PeerColumns {
    pub(crate) fn new() -> Self {
        Self {
            ip: AddressColumn::new(),
            bgp_id: AddressColumn::new(),
            asn: Int64Builder::new(),
            distinguisher: TextColumn::new(),
        }
    }

    pub(crate) fn append(&mut self, peer: Option<&Peer<'_>>) {
        self.ip.append(peer.map(|peer| peer.ip));
        self.bgp_id
            .append(peer.and_then(|peer| peer.bgp_id).map(IpAddr::V4));
        self.asn.append_option(peer.map(|peer| i64::from(peer.asn)));
        self.distinguisher
            .append(peer.and_then(|peer| peer.distinguisher));
    }

    pub(crate) fn finish(&mut self, arrays: &mut Vec<ArrayRef>) {
        arrays.extend([
            self.ip.finish(),
            self.bgp_id.finish(),
            Arc::new(self.asn.finish()),
            self.distinguisher.finish(),
        ]);
    }
}

/// A builder of numbers or timestamps of this kind.
pub(crate) fn numbers<P: ArrowPrimitiveType>(kind: Kind) -> PrimitiveBuilder<P> {
    PrimitiveBuilder::new().with_data_type(kind.data_type())
}

/// An empty name means that nobody says.
pub(crate) fn named(name: &str) -> Option<&str> {
    Some(name).filter(|name| !name.is_empty())
}
