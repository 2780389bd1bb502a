//! RDATA on demand: as text (RFC 1035, section 5; RFC 3597, section 5), and with its names expanded (RFC 3597, section 4).

mod layout;
mod svcb;
mod text;

use super::{Name, Record};
use crate::{Fault, ParseError};
use core::fmt;
use layout::{Field, layout};

/// Why there is no text of some RDATA.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RdataError {
    /// It is not what its type says.
    Damaged(ParseError),
    /// The text could not be written.
    Write(fmt::Error),
}

impl From<ParseError> for RdataError {
    fn from(error: ParseError) -> Self {
        Self::Damaged(error)
    }
}

impl From<fmt::Error> for RdataError {
    fn from(error: fmt::Error) -> Self {
        Self::Write(error)
    }
}

impl<'a> Record<'a> {
    /// The name that is all of RDATA, as of NS, CNAME, PTR and DNAME.
    ///
    /// # Errors
    /// Those of names; [`Fault::Truncated`] if it ends behind RDATA, [`Fault::Leftover`] if it ends before.
    #[inline]
    pub fn rdata_name(&self) -> Result<Name<'a>, ParseError> {
        let mut rdata = Rdata::new(self);
        let name = rdata.name()?;
        rdata.finish()?;
        Ok(name)
    }

    /// Writes RDATA as text. Names are in the form of QNAME, without the final dot. What has no form of its own, or is empty, as
    /// it may be in UPDATE, is written as `\# 4 0a000001`.
    ///
    /// # Errors
    /// [`RdataError::Damaged`] if it is not as its type and class want it, which other readers of the message need not mind;
    /// then the text that is there is a part. [`RdataError::Write`] if `text` fails.
    pub fn write_rdata_text(&self, text: &mut impl fmt::Write) -> Result<(), RdataError> {
        let mut rdata = Rdata::new(self);
        let fields = layout(self.record_type, self.class);
        if fields.is_empty() || self.rdata.is_empty() {
            return Ok(text::write_unknown(self.rdata, text)?);
        }
        for (number, field) in fields.iter().enumerate() {
            if number > 0 && !(rdata.is_empty() && field.may_be_empty()) {
                text.write_char(' ')?;
            }
            text::write_field(*field, &mut rdata, text)?;
        }
        Ok(rdata.finish()?)
    }

    /// Gives RDATA to `sink`, piece by piece, with its names expanded, where they may be compressed: in types of RFC 1035, in
    /// those that RFC 3597, section 4 adds, and in DNAME. The letters stay as they are.
    ///
    /// # Errors
    /// Those of names, and [`Fault::Truncated`] if RDATA ends before a name does; then the pieces are to be forgotten.
    pub fn expand_rdata(&self, mut sink: impl FnMut(&[u8])) -> Result<(), ParseError> {
        let fields = layout(self.record_type, self.class);
        let mut rdata = Rdata::new(self);
        if self.rdata.is_empty() || !fields.contains(&Field::Name) {
            sink(self.rdata);
            return Ok(());
        }
        for field in fields {
            if *field == Field::Name {
                expand(rdata.name()?, &mut sink);
            } else {
                sink(rdata.pass(*field)?);
            }
        }
        rdata.finish()
    }
}

/// Gives a name to `sink`, uncompressed.
fn expand(name: Name<'_>, sink: &mut impl FnMut(&[u8])) {
    let mut labels = name.labels();
    // It has been checked.
    while let Ok(Some(label)) = labels.next() {
        sink(&[u8::try_from(label.len()).unwrap_or_default()]);
        sink(label);
    }
    sink(&[0]);
}

/// Reads fields off RDATA; names in it may lead out of it. Offsets count from the begin of the message.
#[derive(Clone, Copy, Debug)]
struct Rdata<'a> {
    message: &'a [u8],
    at: usize,
    end: usize,
}

impl<'a> Rdata<'a> {
    fn new(record: &Record<'a>) -> Self {
        Self {
            message: record.owner.message,
            at: record.rdata_offset,
            end: record.rdata_offset.wrapping_add(record.rdata.len()),
        }
    }

    fn is_empty(&self) -> bool {
        self.at == self.end
    }

    fn take(&mut self, octets: usize, field: &'static str) -> Result<&'a [u8], ParseError> {
        let end = self.at.wrapping_add(octets);
        if end > self.end {
            return Err(ParseError::truncated(field, self.at));
        }
        let taken = self.message.get(self.at..end).unwrap_or_default();
        self.at = end;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self, field: &'static str) -> Result<[u8; N], ParseError> {
        let taken = self.take(N, field)?;
        Ok(taken.first_chunk().copied().unwrap_or([0; N]))
    }

    fn u8(&mut self, field: &'static str) -> Result<u8, ParseError> {
        self.array::<1>(field).map(|[octet]| octet)
    }

    fn u16(&mut self, field: &'static str) -> Result<u16, ParseError> {
        self.array(field).map(u16::from_be_bytes)
    }

    fn u32(&mut self, field: &'static str) -> Result<u32, ParseError> {
        self.array(field).map(u32::from_be_bytes)
    }

    /// Octets behind one that says how many.
    fn counted(&mut self, field: &'static str) -> Result<&'a [u8], ParseError> {
        let octets = self.u8(field)?;
        self.take(octets.into(), field)
    }

    /// The octets of a field that has no compressed name.
    fn pass(&mut self, field: Field) -> Result<&'a [u8], ParseError> {
        let (begin, mut after) = (*self, *self);
        match field {
            Field::Text(name) => after.counted(name)?,
            Field::U8(name) => after.take(1, name)?,
            Field::U16(name) => after.take(2, name)?,
            Field::Type => after.take(2, "type covered")?,
            Field::U32(name) | Field::Time(name) => after.take(4, name)?,
            _ => after.rest(),
        };
        self.take(after.at.wrapping_sub(begin.at), "RDATA")
    }

    fn rest(&mut self) -> &'a [u8] {
        let rest = self.message.get(self.at..self.end).unwrap_or_default();
        self.at = self.end;
        rest
    }

    /// The rest, of so many octets at most.
    fn short_rest(
        &mut self,
        octets_max: usize,
        field: &'static str,
    ) -> Result<&'a [u8], ParseError> {
        let begin = self.at;
        let rest = self.rest();
        if rest.len() > octets_max {
            return Err(ParseError::bad_length(field, begin));
        }
        Ok(rest)
    }

    /// A name, perhaps compressed. It must end inside.
    fn name(&mut self) -> Result<Name<'a>, ParseError> {
        let (name, end) = Name::split(self.message, self.at)?;
        if end > self.end {
            return Err(ParseError::truncated("name", self.at));
        }
        self.at = end;
        Ok(name)
    }

    /// A name that must not be compressed.
    fn plain_name(&mut self) -> Result<Name<'a>, ParseError> {
        let name = self.name()?;
        match name.pointer_offset() {
            Some(offset) => Err(ParseError::bad_value("pointer", offset)),
            None => Ok(name),
        }
    }

    fn finish(&self) -> Result<(), ParseError> {
        if self.is_empty() {
            Ok(())
        } else {
            Err(ParseError::new(Fault::Leftover, "RDATA", self.at))
        }
    }
}
