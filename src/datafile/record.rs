//! Records: SQLite's encoding of the values of a row.
//!
//! ```text
//! 04 01 1d 00   27  73 72 63 …    header of 4 bytes: an 8-bit integer, a text of 8 bytes, NULL; then the values one after another
//! ```
//!
//! Format: <https://www.sqlite.org/fileformat2.html>, section 2.1.

use super::pages::Encoding;

/// A value of a row.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Value<'a> {
    /// NULL.
    Null,
    /// An integer.
    Integer(i64),
    /// A number with a fraction.
    Real(f64),
    /// Text, in the database's encoding.
    Text(&'a [u8]),
    /// Bytes.
    Blob(&'a [u8]),
}

impl Value<'_> {
    /// The value of `column` as an integer.
    ///
    /// # Errors
    /// The value is of another type, which the message names.
    pub fn integer(self, column: &str) -> Result<i64, String> {
        match self {
            Self::Integer(value) => Ok(value),
            other => Err(format!("`{column}` is {}, not an integer", other.name())),
        }
    }

    /// The value of `column` as text.
    ///
    /// # Errors
    /// The value is of another type, which the message names, or it is not well-formed in the database's `encoding`.
    pub fn text(self, column: &str, encoding: Encoding) -> Result<String, String> {
        match self {
            Self::Text(bytes) => text(bytes, encoding).ok_or_else(|| format!("`{column}` is not well-formed text")),
            other => Err(format!("`{column}` is {}, not a text", other.name())),
        }
    }

    /// The value's type, as messages name it.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Null => "NULL",
            Self::Integer(_) => "an integer",
            Self::Real(_) => "a real number",
            Self::Text(_) => "a text",
            Self::Blob(_) => "a blob",
        }
    }
}

/// The variable-length integer at the beginning of `bytes`, and its length in bytes (1 to 9).
pub(super) fn varint(bytes: &[u8]) -> Option<(u64, usize)> {
    let mut value = 0;
    for (index, &byte) in bytes.iter().take(9).enumerate() {
        if index == 8 {
            return Some((value << 8 | u64::from(byte), 9));
        }
        value = value << 7 | u64::from(byte & 0x7f);
        if byte & 0x80 == 0 {
            return Some((value, index + 1));
        }
    }
    None
}

/// Appends `value` as a variable-length integer.
pub(super) fn put_varint(value: u64, into: &mut Vec<u8>) {
    // If there are nine bytes, the last one has eight bits.
    let (before, last, bytes) = match value >> 56 {
        0 => (value >> 7, value & 0x7f, (value >> 7).checked_ilog2().map_or(0, |bit| bit / 7 + 1)),
        _ => (value >> 8, value & 0xff, 8),
    };
    into.extend((0..bytes).rev().map(|byte| 0x80 | (before >> (7 * byte)).to_le_bytes()[0]));
    into.push(last.to_le_bytes()[0]);
}

/// More columns than any table of coverage.py or SQLite's own schema has.
const MOST: usize = 8;

/// The values of a row, in the order of its table's columns.
#[derive(Clone, Copy, Debug)]
pub(super) struct Record<'a> {
    values: [Value<'a>; MOST],
    count: usize,
}

impl<'a> Record<'a> {
    /// The values.
    pub(super) fn values(&self) -> &[Value<'a>] {
        self.values.get(..self.count).unwrap_or(&self.values)
    }

    /// Splits `payload` into values.
    ///
    /// # Errors
    /// A header or value that is longer than the record, an undefined type, or bytes left over.
    pub(super) fn read(payload: &'a [u8]) -> Result<Self, String> {
        let mut record = Self { values: [Value::Null; MOST], count: 0 };
        let (header, mut at) = varint(payload).ok_or("the record has no header")?;
        let header = usize::try_from(header).ok().filter(|&header| header >= at && header <= payload.len());
        let header = header.ok_or("the record's header is longer than the record")?;
        let (types, mut rest) = payload.split_at(header);
        while at < types.len() {
            let (kind, length) = types.get(at..).and_then(varint).ok_or("the record's header ends within a type")?;
            at += length;
            let size = match kind {
                0 | 8 | 9 => 0,
                1..=4 => kind,
                5 => 6,
                6 | 7 => 8,
                10 | 11 => return Err(format!("the record has a value of type {kind}, which SQLite does not define")),
                _ => (kind - 12) / 2,
            };
            let size = usize::try_from(size).ok().filter(|&size| size <= rest.len());
            let (value, behind) = rest.split_at(size.ok_or("the record ends within a value")?);
            rest = behind;
            let place = record.values.get_mut(record.count);
            *place.ok_or_else(|| format!("the record has more than {MOST} values"))? = match kind {
                0 => Value::Null,
                1..=6 => Value::Integer(integer(value)),
                7 => Value::Real(f64::from_bits(integer(value).cast_unsigned())),
                8 => Value::Integer(0),
                9 => Value::Integer(1),
                _ if kind % 2 == 0 => Value::Blob(value),
                _ => Value::Text(value),
            };
            record.count += 1;
        }
        if rest.is_empty() { Ok(record) } else { Err(format!("the record has {} bytes behind its values", rest.len())) }
    }
}

/// The number of bytes of an integer by its type; `None` for other types.
pub(super) fn width(kind: u8) -> Option<usize> {
    const WIDTHS: [usize; 10] = [0, 1, 2, 3, 4, 6, 8, 0, 0, 0];
    if matches!(kind, 0 | 7) { None } else { WIDTHS.get(usize::from(kind)).copied() }
}

/// The values of a record of `N` integers, which is read more quickly than others; `None` if it is another one.
pub(super) fn integers<const N: usize>(payload: &[u8]) -> Option<[i64; N]> {
    let (header, mut rest) = payload.split_at_checked(1 + N)?;
    let types = header.strip_prefix(&[u8::try_from(1 + N).ok()?])?;
    let mut values = [0; N];
    for (value, &kind) in values.iter_mut().zip(types) {
        let (bytes, behind) = rest.split_at_checked(width(kind)?)?;
        *value = if kind == 9 { 1 } else { integer(bytes) };
        rest = behind;
    }
    rest.is_empty().then_some(values)
}

/// Appends the record of `values`, at most [`MOST`].
pub(super) fn put_record(values: &[Value<'_>], into: &mut Vec<u8>) {
    let start = into.len();
    into.push(0);
    for value in values {
        let kind = match value {
            Value::Null => 0,
            Value::Integer(number) => integer_type(*number).0,
            Value::Real(_) => 7,
            Value::Blob(bytes) => 12 + 2 * bytes.len() as u64,
            Value::Text(bytes) => 13 + 2 * bytes.len() as u64,
        };
        put_varint(kind, into);
    }
    // A header for at most [`MOST`] values has fewer than 128 bytes.
    let [length, ..] = (into.len() - start).to_le_bytes();
    if let Some(first) = into.get_mut(start) {
        *first = length;
    }
    for value in values {
        match value {
            Value::Null => {}
            Value::Integer(number) => into.extend(number.to_be_bytes().iter().skip(8 - integer_type(*number).1)),
            Value::Real(number) => into.extend_from_slice(&number.to_be_bytes()),
            Value::Blob(bytes) | Value::Text(bytes) => into.extend_from_slice(bytes),
        }
    }
}

/// The type of an integer in the smallest number of bytes, and that number.
fn integer_type(number: i64) -> (u64, usize) {
    // The bits of its magnitude, and one for the sign.
    match (number, 65 - (number ^ number >> 63).leading_zeros()) {
        (0, _) => (8, 0),
        (1, _) => (9, 0),
        (_, ..=8) => (1, 1),
        (_, ..=16) => (2, 2),
        (_, ..=24) => (3, 3),
        (_, ..=32) => (4, 4),
        (_, ..=48) => (5, 6),
        _ => (6, 8),
    }
}

/// A signed big-endian integer of up to 8 bytes.
fn integer(bytes: &[u8]) -> i64 {
    let sign = bytes.first().map_or(0, |&first| if first & 0x80 == 0 { 0 } else { -1 });
    bytes.iter().fold(sign, |value, &byte| value << 8 | i64::from(byte))
}

/// The text that `bytes` encode; `None` if they are not well-formed.
pub(super) fn text(bytes: &[u8], encoding: Encoding) -> Option<String> {
    let unit: fn([u8; 2]) -> u16 = match encoding {
        Encoding::Utf8 => return std::str::from_utf8(bytes).ok().map(str::to_owned),
        Encoding::Utf16Le => u16::from_le_bytes,
        Encoding::Utf16Be => u16::from_be_bytes,
    };
    let (pairs, odd) = bytes.as_chunks::<2>();
    if !odd.is_empty() {
        return None;
    }
    char::decode_utf16(pairs.iter().map(|&pair| unit(pair))).collect::<Result<_, _>>().ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(payload: &[u8]) -> Result<Vec<Value<'_>>, String> {
        Record::read(payload).map(|record| record.values().to_vec())
    }

    #[test]
    fn a_varint_has_seven_bits_a_byte_and_eight_in_the_ninth() {
        for (bytes, value, length) in [
            (&[0x7f][..], 0x7f, 1),
            (&[0x81, 0x00], 0x80, 2),
            (&[0xff; 9], u64::MAX, 9),
            (&[0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01], 1, 9),
        ] {
            assert_eq!(varint(bytes), Some((value, length)));
        }
        assert_eq!((varint(&[]), varint(&[0x80, 0x80])), (None, None));
    }

    proptest! {
        #[test]
        fn a_varint_comes_back(value in (any::<u64>(), 0..64).prop_map(|(value, bits)| value >> bits)) {
            let mut bytes = Vec::new();
            put_varint(value, &mut bytes);
            prop_assert_eq!(varint(&bytes), Some((value, bytes.len())));
        }

        #[test]
        fn a_record_comes_back(
            integers in prop::collection::vec((any::<i64>(), 0..64).prop_map(|(number, bits)| number >> bits), 0..4),
            (real, text, blob) in (any::<i32>(), "\\PC{0,90}", prop::collection::vec(any::<u8>(), 0..200)),
        ) {
            let rest = [Value::Null, Value::Real(f64::from(real)), Value::Text(text.as_bytes()), Value::Blob(&blob)];
            let values: Vec<_> = integers.into_iter().map(Value::Integer).chain(rest).collect();
            let mut bytes = Vec::new();
            put_record(&values, &mut bytes);
            prop_assert_eq!(read(&bytes), Ok(values));
        }
    }

    #[test]
    fn values_of_every_type_are_read() {
        let payload = [9, 0, 1, 2, 3, 8, 9, 16, 19, 0xff, 0x80, 0, 0x01, 0, 0, 1, 2, b'a', b'b', b'c'];
        let expected = [
            Value::Null,
            Value::Integer(-1),
            Value::Integer(-32_768),
            Value::Integer(65_536),
            Value::Integer(0),
            Value::Integer(1),
            Value::Blob(&[1, 2]),
            Value::Text(b"abc"),
        ];
        assert_eq!(read(&payload), Ok(expected.to_vec()));
    }

    #[test]
    fn a_record_of_integers_is_read_alike_in_both_ways() {
        for payload in [
            &[6, 1, 2, 8, 9, 3, 0x80, 1, 2, 0xff, 0, 1][..],
            &[6, 4, 5, 6, 8, 8, 1, 0, 0, 0, 0xff, 0, 0, 0, 0, 7, 0x80, 0, 0, 0, 0, 0, 0, 1],
            &[6, 8, 8, 8, 8, 8],
        ] {
            let integers = integers::<5>(payload).map(|values| values.map(Value::Integer).to_vec());
            assert_eq!(integers, read(payload).ok());
        }
        // A NULL, a real number, a text, a value less, one more, a byte more, a value cut off.
        for payload in [
            &[6, 8, 8, 0, 8, 8][..],
            &[6, 8, 8, 7, 8, 8, 0, 0, 0, 0, 0, 0, 0, 0],
            &[6, 8, 8, 13, 8, 8],
            &[5, 8, 8, 8, 8],
            &[7, 8, 8, 8, 8, 8, 8],
            &[6, 8, 8, 8, 8, 8, 0],
            &[6, 8, 8, 2, 8, 8, 0],
        ] {
            assert_eq!(integers::<5>(payload), None);
        }
    }

    #[test]
    fn a_record_that_lies_about_its_lengths_is_refused() {
        for (payload, why) in [
            (&[][..], "the record has no header"),
            (&[3, 1], "the record's header is longer than the record"),
            (&[2, 0x81, 0], "the record's header ends within a type"),
            (&[2, 2, 0], "the record ends within a value"),
            (&[2, 10], "the record has a value of type 10, which SQLite does not define"),
            (&[10, 8, 8, 8, 8, 8, 8, 8, 8, 8], "the record has more than 8 values"),
            (&[2, 8, 0], "the record has 1 bytes behind its values"),
        ] {
            assert_eq!(read(payload), Err(why.to_owned()));
        }
    }

    #[test]
    fn texts_are_decoded_in_the_databases_encoding() {
        assert_eq!(text("é".as_bytes(), Encoding::Utf8).as_deref(), Some("é"));
        assert_eq!(text(&[0xe9, 0], Encoding::Utf16Le).as_deref(), Some("é"));
        assert_eq!(text(&[0xd8, 0x3d, 0xdc, 0x0d], Encoding::Utf16Be).as_deref(), Some("🐍"));
        assert_eq!((text(&[0xff], Encoding::Utf8), text(&[0xe9], Encoding::Utf16Le)), (None, None));
    }
}
