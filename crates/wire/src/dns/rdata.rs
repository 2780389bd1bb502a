//! RDATA: the names in it.

use super::{Name, Record};
use crate::{Fault, ParseError};

impl<'a> Record<'a> {
    /// The name that is all of RDATA, as of NS, CNAME, PTR and DNAME.
    ///
    /// # Errors
    /// Those of names; [`Fault::Truncated`] if it ends behind RDATA, [`Fault::Leftover`] if it ends before.
    #[inline]
    pub fn rdata_name(&self) -> Result<Name<'a>, ParseError> {
        let (name, end) = Name::split(self.owner.message, self.rdata_offset)?;
        let rdata_end = self.rdata_offset.wrapping_add(self.rdata.len());
        match end.cmp(&rdata_end) {
            core::cmp::Ordering::Equal => Ok(name),
            core::cmp::Ordering::Less => Err(ParseError::new(Fault::Leftover, "RDATA", end)),
            core::cmp::Ordering::Greater => Err(ParseError::truncated("name", self.rdata_offset)),
        }
    }
}
