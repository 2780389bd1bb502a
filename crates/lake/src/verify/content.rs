//! Whether a data file is, octet by octet, the one that the ledger names.

use crate::ledger::FileEntry;
use std::fs::File;
use std::io::Read;
use std::path::Path;

/// Read at a time.
const BLOCK_OCTETS: usize = 1024 * 1024;

/// The fault, told to a person.
pub(super) fn check_content(path: &Path, expected: &FileEntry) -> Result<(), String> {
    let (octets, crc32c) = checksum(path).map_err(|e| format!("it cannot be read: {e}"))?;
    if octets != expected.octets {
        return Err(format!(
            "it has {octets} octets, but the ledger says {}",
            expected.octets
        ));
    }
    if crc32c != expected.crc32c {
        return Err(format!(
            "its CRC-32C is {crc32c:08x}, but the ledger says {:08x}",
            expected.crc32c
        ));
    }
    Ok(())
}

fn checksum(path: &Path) -> std::io::Result<(u64, u32)> {
    let mut file = File::open(path)?;
    let mut block = vec![0; BLOCK_OCTETS];
    let (mut octets, mut crc32c) = (0, 0);
    loop {
        match file.read(&mut block)? {
            0 => return Ok((octets, crc32c)),
            read => {
                octets += read as u64;
                crc32c = crc32c::crc32c_append(crc32c, &block[..read]);
            }
        }
    }
}
