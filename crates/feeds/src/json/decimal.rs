//! Numbers as JSON writes them (RFC 8259, section 6), as whole multiples of a power of ten.

/// So many digits fit into what is computed with; those behind cannot change how it is rounded.
const DIGITS_MAX: u32 = 18;

/// A number in units of so many powers of ten below one, rounded to the nearest, halves away from 0. None if it is no number,
/// or does not fit.
#[inline]
pub(crate) fn parse(text: &[u8], powers: i32) -> Option<i64> {
    let (is_negative, text) = match text {
        [b'-', digits @ ..] => (true, digits),
        digits => (false, digits),
    };
    let mut digits = Digits::default();
    let rest = digits.take(text, false);
    let has_digits = rest.len() < text.len();
    let rest = match rest {
        [b'.', fraction @ ..] => digits.take(fraction, true),
        rest => rest,
    };
    let exponent = match rest {
        [] => 0,
        [b'e' | b'E', exponent @ ..] => std::str::from_utf8(exponent).ok()?.parse::<i32>().ok()?,
        _ => return None,
    };
    let shift = powers.checked_add(exponent)?.checked_sub(digits.shift)?;
    let value = shifted(digits.value, shift).filter(|_| has_digits)?;
    Some(if is_negative {
        value.wrapping_neg()
    } else {
        value
    })
}

/// The digits of a number, and how many of them stand behind the point.
#[derive(Debug, Default)]
struct Digits {
    value: i64,
    count: u32,
    shift: i32,
}

impl Digits {
    /// Takes the digits at the front of a text, and returns what follows.
    #[inline]
    fn take<'a>(&mut self, text: &'a [u8], is_fraction: bool) -> &'a [u8] {
        let mut rest = text;
        while let Some((octet, behind)) = rest.split_first()
            && octet.is_ascii_digit()
        {
            let is_kept = self.count < DIGITS_MAX;
            if is_kept {
                let digit = i64::from(octet.wrapping_sub(b'0'));
                self.value = self.value.wrapping_mul(10).wrapping_add(digit);
                // Zeros in front do not count.
                self.count = self.count.wrapping_add((self.value != 0).into());
            }
            if is_kept == is_fraction {
                let change = if is_fraction { 1 } else { -1 };
                self.shift = self.shift.saturating_add(change);
            }
            rest = behind;
        }
        rest
    }
}

/// A number from 0 on, multiplied by ten so many times, or divided and rounded.
#[inline]
fn shifted(value: i64, powers: i32) -> Option<i64> {
    if value == 0 {
        return Some(0);
    }
    let factor = 10_i64.checked_pow(powers.unsigned_abs());
    if powers >= 0 {
        return value.checked_mul(factor?);
    }
    let Some(divisor) = factor else {
        return Some(0);
    };
    let (whole, rest) = (value.checked_div(divisor)?, value.checked_rem(divisor)?);
    let is_up = rest >= divisor.wrapping_sub(rest);
    whole.checked_add(is_up.into())
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn a_number_is_what_its_digits_say() {
        let check = |text: &str, powers, expected| {
            assert_eq!(parse(text.as_bytes(), powers), expected, "{text}");
        };
        check("38.576999999999998", 3, Some(38_577));
        check("45.305", 3, Some(45_305));
        check("0.0005", 3, Some(1));
        check("0.00049999999999999999999", 3, Some(0));
        check("1.00050000000000000000000001", 3, Some(1001));
        check("-0.0015", 3, Some(-2));
        check("-1", 0, Some(-1));
        check("1e3", 3, Some(1_000_000));
        check("1.5E+2", 0, Some(150));
        check("15e-1", 0, Some(2));
        check("1735689600.123456", 6, Some(1_735_689_600_123_456));
        check("123456789012345678901", 0, None);
        check("123456789012345678901", -6, Some(123_456_789_012_346));
        check("0.0000000000000000000000001", 3, Some(0));
        check("9999999999", 18, None);
        check("1e-2147483648", 3, Some(0));
        check("1e2147483647", 3, None);
        check("0e2147483640", 3, Some(0));
        for none in [
            "", "-", ".", ".5", "x", "1x", "1.5.2", "e3", "1e", "1e+-3", "+1",
        ] {
            check(none, 3, None);
        }
        check("1.", 3, Some(1000));
    }
}
