//! What the target `dns` does.

use wire::dns::{Message, NameText, RdataError, Record, Section, Status, read_message};

/// Reads octets as a DNS message: names as text, options, and RDATA as text and with its names expanded.
pub fn dns(octets: &[u8]) {
    let (mut qname, mut name) = (NameText::default(), NameText::default());
    let (mut text, mut expanded) = (String::new(), Vec::new());
    let mut counts = [0; 4];
    let message = read_message(octets, &mut qname, |record| {
        counts[record.section as usize] += 1;
        record.owner.write_to(&mut name);
        check_name(&name);
        if let Ok(target) = record.rdata_name() {
            target.write_to(&mut name);
            check_name(&name);
        }
        text.clear();
        expanded.clear();
        if let Err(RdataError::Damaged(error)) = record.write_rdata_text(&mut text) {
            assert!(error.offset <= octets.len(), "{error}");
        }
        check_expanded(record, &mut expanded);
    });
    counts[Section::Question as usize] += u16::from(message.question.is_some());
    check_message(&message, counts);
    if message.question.is_some() {
        check_name(&qname);
    }
}

/// What a message says of itself fits to what was found.
fn check_message(message: &Message<'_>, counts: [u16; 4]) {
    let octets = message.octets.len();
    let is_read = !matches!(message.status, Status::HeaderShort | Status::Damaged(_));
    assert_eq!(message.status == Status::Ok, message.error.is_none());
    assert!(message.error.is_none_or(|error| error.offset <= octets));
    assert!(message.trailing_octets <= octets);
    assert!(!is_read || message.header.is_some_and(|header| header.counts == counts));
    for option in message
        .edns
        .iter()
        .flat_map(|edns| edns.options())
        .flatten()
    {
        let end = option.data_offset + option.data.len();
        assert_eq!(&message.octets[option.data_offset..end], option.data);
        let _ = (
            option.client_subnet(),
            option.extended_error(),
            option.cookie(),
        );
    }
}

/// Whether a name has the labels that its text and its octets say.
fn check_name(name: &NameText) {
    let labels = name.labels().len();
    assert!(name.octets() >= 1 && name.octets() <= 255);
    assert!(labels < 128 && (labels == 0) == (name.as_str() == "."));
    assert!(name.as_str().len() + 2 >= usize::from(name.octets()));
}

/// RDATA with its names expanded is not shorter, but for pointers to the root.
fn check_expanded(record: &Record<'_>, expanded: &mut Vec<u8>) {
    if record
        .expand_rdata(|octets| expanded.extend(octets))
        .is_ok()
    {
        assert!(expanded.len() + 2 >= record.rdata.len());
    }
}
