//! Domain names (RFC 1035, sections 3.1 and 4.1.4): where they end, whether they are sound, and their labels. Not their text.

use crate::{Fault, ParseError};

/// Octets of a name on the wire at most, with the root label (RFC 1035, section 3.1).
const OCTETS_MAX: usize = 255;
/// Pointers that lead from one name to its end at most: no name has more labels that they could stand between.
const POINTERS_MAX: u8 = 127;
/// Below it there is the header, and no name.
const FIRST_OCTET: usize = 12;

/// The two top bits of a pointer.
const POINTER: u16 = 0xC000;

/// A name in a message, perhaps compressed. It has been checked.
#[derive(Clone, Copy, Debug)]
pub struct Name<'a> {
    pub(super) message: &'a [u8],
    pub(super) start: usize,
}

impl<'a> Name<'a> {
    /// Splits a name off: with it comes where it ends.
    ///
    /// # Errors
    /// [`Fault::Truncated`] if the message ends first; [`Fault::BadValue`] for another type of label, or a pointer that does
    /// not go back; [`Fault::OverLimit`] for more than 255 octets or 127 pointers.
    #[inline]
    pub(super) fn split(message: &'a [u8], start: usize) -> Result<(Self, usize), ParseError> {
        let mut labels = Labels::new(message, start);
        while labels.next()?.is_some() {}
        Ok((Self { message, start }, labels.end))
    }

    /// Where its first label stands in the message. Two names that have it in common are equal.
    #[inline]
    pub fn first_label_offset(&self) -> usize {
        let mut labels = self.labels();
        while labels.target().is_some() && labels.step().is_ok() {}
        labels.at
    }

    /// Where its first pointer stands; none if it is not compressed.
    pub(super) fn pointer_offset(&self) -> Option<usize> {
        let mut labels = self.labels();
        while labels.target().is_none() {
            if let Ok(Step::Root) | Err(_) = labels.step() {
                return None;
            }
        }
        Some(labels.at)
    }

    /// The labels, which cannot fail any more.
    #[inline]
    pub(super) fn labels(&self) -> Labels<'a> {
        Labels::new(self.message, self.start)
    }
}

/// Names that pointers led to and that were sound, while the names of a message are gone through in their order: most of them
/// are a pointer to where one has led before.
///
/// It led below a name that stands before, so it does so again; and what it led to has a pointer less than there may be.
#[derive(Debug)]
pub(super) struct SoundNames([SoundName; SOUND_NAMES]);

/// How many are kept, each where the last bits of its offset say: a power of two.
const SOUND_NAMES: usize = 16;

/// A name that is sound.
#[derive(Clone, Copy, Debug)]
struct SoundName {
    start: u16,
    octets: u16,
}

impl SoundNames {
    #[inline(always)]
    pub(super) const fn new() -> Self {
        // No pointer leads there.
        let none = SoundName {
            start: u16::MAX,
            octets: 0,
        };
        Self([none; SOUND_NAMES])
    }

    /// Splits a name off that stands behind all names before: see [`Name::split`].
    #[inline(always)]
    pub(super) fn split<'a>(
        &mut self,
        message: &'a [u8],
        start: usize,
    ) -> Result<(Name<'a>, usize), ParseError> {
        let end = match self.end_of_known(message, start) {
            Some(end) => end,
            None => self.walk(message, start)?,
        };
        Ok((Name { message, start }, end))
    }

    /// Where a name ends that is the root, or nothing but a pointer to a known one. There is one branch for both: which of
    /// them it is cannot be foretold.
    #[inline(always)]
    fn end_of_known(&self, message: &[u8], start: usize) -> Option<usize> {
        let octets = message.get(start..)?.first_chunk::<2>()?;
        let pointer = u16::from_be_bytes(*octets);
        let target = pointer & !POINTER;
        let slot = self.0.get(place(target))?;
        let is_known = (pointer >= POINTER) & (slot.start == target);
        let is_root = pointer < 0x100;
        let octets = 2_usize.wrapping_sub(usize::from(is_root));
        (is_root | is_known).then_some(start.wrapping_add(octets))
    }

    #[inline(always)]
    fn find(&self, start: u16) -> Option<SoundName> {
        let name = self.0.get(place(start))?;
        (name.start == start).then_some(*name)
    }

    /// Walks along a name as far as needed, and returns where it ends.
    #[inline(never)]
    fn walk(&mut self, message: &[u8], start: usize) -> Result<usize, ParseError> {
        let mut labels = Labels::new(message, start);
        while labels.pointers == 0 {
            let known = labels.target().and_then(|target| self.find(target));
            if let Some(end) = known.and_then(|name| labels.end_with(name)) {
                return Ok(end);
            }
            if matches!(labels.step()?, Step::Root) {
                return Ok(labels.end);
            }
        }
        let (target, octets_before) = (labels.at, labels.octets);
        while labels.next()?.is_some() {}
        let name = SoundName {
            start: u16::try_from(target).unwrap_or(u16::MAX),
            octets: u16::try_from(labels.octets.wrapping_sub(octets_before)).unwrap_or(u16::MAX),
        };
        if let Some(slot) = self.0.get_mut(place(name.start)) {
            *slot = name;
        }
        Ok(labels.end)
    }
}

#[inline(always)]
const fn place(start: u16) -> usize {
    start as usize % SOUND_NAMES
}

/// Walks along a name, label by label, and checks it.
///
/// A pointer must lead below the begin of the labels that it ends, so that every jump goes down and none can come again.
#[derive(Clone, Copy, Debug)]
pub(super) struct Labels<'a> {
    message: &'a [u8],
    /// Where the next label begins.
    at: usize,
    /// Where the labels begin that stand together with it.
    segment: usize,
    /// Pointers gone along.
    pointers: u8,
    octets: usize,
    end: usize,
}

/// What a step along a name has passed.
#[derive(Clone, Copy, Debug)]
enum Step<'a> {
    Label(&'a [u8]),
    Pointer,
    Root,
}

impl<'a> Labels<'a> {
    #[inline(always)]
    pub(super) const fn new(message: &'a [u8], start: usize) -> Self {
        Self {
            message,
            at: start,
            segment: start,
            pointers: 0,
            octets: 0,
            end: 0,
        }
    }

    /// The next label; none at the root.
    #[inline(always)]
    pub(super) fn next(&mut self) -> Result<Option<&'a [u8]>, ParseError> {
        loop {
            match self.step()? {
                Step::Label(label) => return Ok(Some(label)),
                Step::Pointer => (),
                Step::Root => return Ok(None),
            }
        }
    }

    /// Where the next label begins.
    #[inline(always)]
    pub(super) const fn at(&self) -> usize {
        self.at
    }

    /// Octets of the labels so far, uncompressed; at the root, of the name.
    #[inline(always)]
    pub(super) const fn octets(&self) -> usize {
        self.octets
    }

    /// Where the name ends, behind its first pointer or the root label; known at the root.
    #[inline(always)]
    pub(super) const fn end(&self) -> usize {
        self.end
    }

    #[inline(always)]
    fn step(&mut self) -> Result<Step<'a>, ParseError> {
        let Some(&octet) = self.message.get(self.at) else {
            return Err(ParseError::truncated("name", self.at));
        };
        if octet < 64 {
            self.pass_label(usize::from(octet))
        } else {
            self.follow_pointer(octet)
        }
    }

    #[inline(always)]
    fn pass_label(&mut self, octets: usize) -> Result<Step<'a>, ParseError> {
        let begin = self.at.wrapping_add(1);
        let end = begin.wrapping_add(octets);
        let Some(label) = self.message.get(begin..end) else {
            return Err(ParseError::truncated("label", self.at));
        };
        self.octets = self.octets.wrapping_add(octets).wrapping_add(1);
        if self.octets > OCTETS_MAX {
            return Err(ParseError::new(Fault::OverLimit, "name", self.at));
        }
        self.at = end;
        if octets > 0 {
            return Ok(Step::Label(label));
        }
        if self.pointers == 0 {
            self.end = end;
        }
        Ok(Step::Root)
    }

    /// Goes along the pointer that begins with `high`.
    #[inline(always)]
    fn follow_pointer(&mut self, high: u8) -> Result<Step<'a>, ParseError> {
        if high < 0xC0 {
            return Err(ParseError::bad_value("label type", self.at));
        }
        let Some(target) = self.target().map(usize::from) else {
            return Err(ParseError::truncated("pointer", self.at));
        };
        if target < FIRST_OCTET || target >= self.segment {
            return Err(ParseError::bad_value("pointer", self.at));
        }
        if self.pointers == POINTERS_MAX {
            return Err(ParseError::new(Fault::OverLimit, "pointers", self.at));
        }
        if self.pointers == 0 {
            self.end = self.at.wrapping_add(2);
        }
        self.pointers = self.pointers.wrapping_add(1);
        (self.at, self.segment) = (target, target);
        Ok(Step::Pointer)
    }

    /// Where the pointer leads that stands here.
    #[inline(always)]
    fn target(&self) -> Option<u16> {
        let octets = self.message.get(self.at..)?.first_chunk::<2>()?;
        let pointer = u16::from_be_bytes(*octets);
        (pointer >= POINTER).then_some(pointer & !POINTER)
    }

    /// Where the name ends whose first pointer stands here and leads to `name`; none if it would be too long.
    #[inline(always)]
    fn end_with(&self, name: SoundName) -> Option<usize> {
        let octets = self.octets.wrapping_add(name.octets.into());
        (octets <= OCTETS_MAX).then_some(self.at.wrapping_add(2))
    }
}
