//! Times of RFC 3339, section 5.6.

/// Microseconds since 1970 in UTC; further digits are cut off. None if it is no such time.
pub(super) fn parse(text: &str) -> Option<i64> {
    let (date, time) = text.split_once(['T', 't', ' '])?;
    let [year, month, day] = numbers(date, '-')?;
    let zone = time.find(['Z', 'z', '+', '-'])?;
    let (time, zone) = time.split_at_checked(zone)?;
    let (time, fraction) = time.split_once('.').unwrap_or((time, "0"));
    let [hour, minute, second] = numbers(time, ':')?;
    let is_time = hour < 24 && minute < 60 && second <= 60;
    let is_date =
        (1..=12).contains(&month) && (1..=days_of(year, month)).contains(&day) && year <= 9999;
    if !is_time || !is_date {
        return None;
    }
    let minutes = hour
        .checked_mul(60)?
        .checked_add(minute)?
        .checked_sub(zone_minutes(zone)?)?;
    let seconds = days(year, month, day)?
        .checked_mul(86_400)?
        .checked_add(minutes.checked_mul(60)?)?
        .checked_add(second)?;
    seconds
        .checked_mul(1_000_000)?
        .checked_add(microseconds(fraction)?)
}

/// Days of a month.
fn days_of(year: i64, month: i64) -> i64 {
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    match month {
        2 if is_leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Three numbers with marks between them.
fn numbers(text: &str, mark: char) -> Option<[i64; 3]> {
    let mut parts = text.split(mark).map(number);
    let three = [parts.next()??, parts.next()??, parts.next()??];
    parts.next().is_none().then_some(three)
}

/// A number of digits alone.
fn number(digits: &str) -> Option<i64> {
    let is_number = !digits.is_empty() && digits.bytes().all(|octet| octet.is_ascii_digit());
    is_number.then(|| digits.parse().ok())?
}

fn microseconds(fraction: &str) -> Option<i64> {
    let digits = fraction.get(..fraction.len().min(6))?;
    let missing = 6_u32.checked_sub(u32::try_from(digits.len()).ok()?)?;
    number(
        fraction
            .get(digits.len()..)
            .filter(|rest| !rest.is_empty())
            .unwrap_or("0"),
    )?;
    number(digits)?.checked_mul(10_i64.checked_pow(missing)?)
}

/// Minutes that a zone is ahead of UTC.
fn zone_minutes(zone: &str) -> Option<i64> {
    if zone.eq_ignore_ascii_case("Z") {
        return Some(0);
    }
    let (sign, offset) = zone.split_at_checked(1)?;
    let (hours, minutes) = offset.split_once(':')?;
    let (hours, minutes) = (number(hours)?, number(minutes)?);
    let is_zone = hours < 24 && minutes < 60;
    let minutes = hours.checked_mul(60)?.checked_add(minutes)?;
    let ahead = if sign == "-" {
        minutes.checked_neg()?
    } else {
        minutes
    };
    is_zone.then_some(ahead)
}

/// Days from 1970 on, in the Gregorian calendar, whose years are taken to begin in March: then leap days come last.
fn days(year: i64, month: i64, day: i64) -> Option<i64> {
    let (year, month) = if month > 2 {
        (year, month.checked_sub(3)?)
    } else {
        (year.checked_sub(1)?, month.checked_add(9)?)
    };
    let leap_days = year
        .div_euclid(4)
        .checked_sub(year.div_euclid(100))?
        .checked_add(year.div_euclid(400))?;
    let days_of_months = month.checked_mul(153)?.checked_add(2)?.div_euclid(5);
    year.checked_mul(365)?
        .checked_add(leap_days)?
        .checked_add(days_of_months)?
        .checked_add(day)?
        .checked_sub(719_469)
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn times() {
        let check = |text: &str, expected| assert_eq!(parse(text), expected, "{text}");
        check("1970-01-01T00:00:00Z", Some(0));
        check(
            "2023-03-31T10:14:46.664534902Z",
            Some(1_680_257_686_664_534),
        );
        check("2024-02-29T23:59:60.5+01:30", Some(1_709_245_800_500_000));
        check("2000-03-01T00:00:00-00:01", Some(951_868_860_000_000));
        check("1969-12-31 23:59:59.999999z", Some(-1));
        for none in [
            "",
            "-",
            "2023-03-31",
            "2023-03-31T10:14:46",
            "2023-13-31T10:14:46Z",
            "2023-02-29T10:14:46Z",
            "1900-02-29T10:14:46Z",
            "2023-04-31T10:14:46Z",
            "2023-03-31T10:14:46+01:60",
            "2023-03-31T24:14:46Z",
            "2023-03-31T10:14:46.Z",
            "2023-03-31T10:14:46.1234567xZ",
            "2023-03-31T10:14:46+1",
            "+023-03-31T10:14:46Z",
            "2023-03-31T10:14:46+24:00",
            "2023-03-31T10:14Z",
            "2023-03-31T10:14:46.5ü",
        ] {
            check(none, None);
        }
    }
}
