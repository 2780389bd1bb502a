//! Which messages rows are made of, where only a share of them is asked for. Where a message stands in Kafka decides, and
//! nothing else: a replay takes the same.

use tables::Provenance;

/// Whether a message is among those of which rows are made: `share` parts of 2^32.
#[inline]
pub(crate) fn takes(provenance: &Provenance<'_>, share: u32) -> bool {
    let place = provenance
        .kafka_topic
        .bytes()
        .fold(FNV_BASIS, |hash, octet| {
            (hash ^ u64::from(octet)).wrapping_mul(FNV_PRIME)
        });
    let place = mixed(place ^ u64::from(provenance.kafka_partition.cast_unsigned()));
    mixed(place ^ provenance.kafka_offset.cast_unsigned()) >> u32::BITS < u64::from(share)
}

/// FNV-1a: where it begins.
const FNV_BASIS: u64 = 0xcbf2_9ce4_8422_2325;
/// And what it multiplies by.
const FNV_PRIME: u64 = 0x0000_0100_0000_01b3;

/// Spreads numbers that follow each other over all 64 bits (the last steps of SplitMix64).
const fn mixed(number: u64) -> u64 {
    let number = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let number = (number ^ number >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let number = (number ^ number >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ number >> 31
}

#[cfg(test)]
mod tests {
    #![allow(clippy::arithmetic_side_effects, clippy::indexing_slicing)]
    use super::*;

    fn provenance(kafka_topic: &str, kafka_partition: i32, kafka_offset: i64) -> Provenance<'_> {
        Provenance {
            kafka_topic,
            kafka_partition,
            kafka_offset,
            brokered_at: None,
            ingested_at: 0,
            project: "",
            collector: "",
            router: None,
            format: "dnstap",
        }
    }

    fn taken(topic: &str, partition: i32, share: u32) -> Vec<i64> {
        let takes = |offset: &i64| takes(&provenance(topic, partition, *offset), share);
        (0..10_000).filter(takes).collect()
    }

    #[test]
    fn a_share_is_taken_wherever_the_messages_are() {
        for partition in [0, 1, 77] {
            let tenth = taken("dns", partition, u32::MAX / 10).len();
            assert!((900..1100).contains(&tenth), "{tenth}");
            let half = taken("dns", partition, 1 << 31);
            assert!((4800..5200).contains(&half.len()), "{}", half.len());
            assert!(half.windows(2).any(|pair| pair[1] - pair[0] > 5));
        }
        assert_eq!(taken("dns", 0, u32::MAX).len(), 10_000);
    }

    #[test]
    fn partitions_and_topics_differ() {
        let share = u32::MAX / 10;
        assert_ne!(taken("dns", 0, share), taken("dns", 1, share));
        assert_ne!(taken("dns", 0, share), taken("dnt", 0, share));
        assert_eq!(taken("dns", 0, share), taken("dns", 0, share));
    }
}
