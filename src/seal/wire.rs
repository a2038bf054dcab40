//! Numbers, texts and sets as bytes.
//!
//! A number is written in groups of seven bits, the lowest first; the highest bit of a byte says that more follow. A signed number `n` is written as
//! `2n`, or `-2n - 1` if it is negative. A text is its length in bytes and its bytes in UTF-8. A list is its length and its items.

use crate::model::arcs::{Arc, ArcSet};
use crate::model::lines::{Line, LineSet};
use crate::model::words::grouped;

/// A signed number as one that is small if that is near 0.
pub(super) const fn zigzag(number: i64) -> u64 {
    ((number << 1) ^ (number >> 63)).cast_unsigned()
}

/// The number that [`zigzag`] made another of.
pub(super) const fn unzigzag(number: u64) -> i64 {
    (number >> 1).cast_signed() ^ -(number & 1).cast_signed()
}

/// A list that is written.
#[derive(Debug, Default)]
pub(super) struct Writer(pub(super) Vec<u8>);

impl Writer {
    pub(super) fn byte(&mut self, byte: u8) {
        self.0.push(byte);
    }

    pub(super) fn flag(&mut self, flag: bool) {
        self.byte(u8::from(flag));
    }

    pub(super) fn number(&mut self, mut number: u64) {
        while number >= 0x80 {
            self.byte((number & 0x7f) as u8 | 0x80);
            number >>= 7;
        }
        self.byte((number & 0x7f) as u8);
    }

    pub(super) fn length(&mut self, length: usize) {
        self.number(length as u64);
    }

    pub(super) fn signed(&mut self, number: i64) {
        self.number(zigzag(number));
    }

    pub(super) fn bytes(&mut self, bytes: &[u8]) {
        self.length(bytes.len());
        self.0.extend_from_slice(bytes);
    }

    pub(super) fn text(&mut self, text: &str) {
        self.bytes(text.as_bytes());
    }

    /// A text without a zero byte, which ends it.
    pub(super) fn ended(&mut self, text: &str) {
        self.0.extend_from_slice(text.as_bytes());
        self.byte(0);
    }

    /// A value that may be missing: 0, or 1 and the value.
    pub(super) fn option<T>(&mut self, value: Option<T>, write: impl FnOnce(&mut Self, T)) {
        self.flag(value.is_some());
        if let Some(value) = value {
            write(self, value);
        }
    }

    pub(super) fn list<T>(&mut self, items: impl ExactSizeIterator<Item = T>, write: impl FnMut(&mut Self, T)) {
        self.length(items.len());
        self.column(items, write);
    }

    /// Further values of the items of a list.
    pub(super) fn column<T>(&mut self, items: impl IntoIterator<Item = T>, mut write: impl FnMut(&mut Self, T)) {
        for item in items {
            write(self, item);
        }
    }

    pub(super) fn texts(&mut self, texts: &[String]) {
        self.list(texts.iter(), |to, text| to.text(text));
    }

    /// The lines as their number and the distance of each from the line before it, or from 0.
    pub(super) fn lines(&mut self, lines: &LineSet) {
        self.number(lines.len());
        let mut last = 0;
        for line in lines.iter() {
            self.number(u64::from(line.get() - last));
            last = line.get();
        }
    }

    /// The arcs as their number, and each as the distance of its `from` from the one before it, and that of its `to` from its own `from`. Short
    /// distances, as nearly all are, take a byte: seven of `from`, and from -8 to 7 of `to`.
    pub(super) fn arcs(&mut self, arcs: &ArcSet) {
        self.length(arcs.len());
        let mut last = i64::from(i32::MIN);
        for arc in arcs.iter() {
            let (step, jump) = (i64::from(arc.from) - last, i64::from(arc.to) - i64::from(arc.from));
            if let (Ok(step @ 0..8), Ok(jump @ 0..16)) = (u8::try_from(step), u8::try_from(jump + 8)) {
                self.byte(step << 4 | jump);
            } else {
                self.byte(LONG);
                self.number(step.unsigned_abs());
                self.signed(jump);
            }
            last = i64::from(arc.from);
        }
    }
}

/// Before an arc of long distances.
const LONG: u8 = 0x80;

/// Bytes that are read; a fault is its offset and its description.
#[derive(Clone, Debug)]
pub(super) struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

/// The offset and the description of a fault.
pub(super) type Fault = (usize, String);

pub(super) type Read<T> = Result<T, Fault>;

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    /// The offset of the next byte.
    pub(super) fn offset(&self) -> usize {
        self.at
    }

    pub(super) fn fault<T>(&self, cause: impl Into<String>) -> Read<T> {
        Err((self.at, cause.into()))
    }

    pub(super) fn take(&mut self, length: usize) -> Read<&'a [u8]> {
        let end = self.at.checked_add(length);
        let Some(bytes) = end.and_then(|end| self.bytes.get(self.at..end)) else {
            let left = (self.bytes.len() - self.at) as u64;
            return self.fault(format!("{} bytes expected, {} are left", grouped(length as u64), grouped(left)));
        };
        self.at += length;
        Ok(bytes)
    }

    pub(super) fn array<const N: usize>(&mut self) -> Read<[u8; N]> {
        let mut array = [0; N];
        array.copy_from_slice(self.take(N)?);
        Ok(array)
    }

    pub(super) fn byte(&mut self) -> Read<u8> {
        match self.bytes.get(self.at) {
            Some(&byte) => {
                self.at += 1;
                Ok(byte)
            }
            None => self.fault("it ends where a value is expected"),
        }
    }

    pub(super) fn flag(&mut self) -> Read<bool> {
        match self.byte()? {
            0 => Ok(false),
            1 => Ok(true),
            other => self.fault(format!("{other}, expected 0 or 1")),
        }
    }

    #[inline]
    pub(super) fn number(&mut self) -> Read<u64> {
        match self.bytes.get(self.at) {
            Some(&byte @ ..0x80) => {
                self.at += 1;
                Ok(u64::from(byte))
            }
            _ => self.long_number(),
        }
    }

    fn long_number(&mut self) -> Read<u64> {
        let mut number = 0_u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            let group = u64::from(byte & 0x7f);
            if shift == 63 && group > 1 {
                break;
            }
            number |= group << shift;
            if byte < 0x80 {
                return Ok(number);
            }
        }
        self.fault("a number of more than 64 bits")
    }

    /// A number that must fit a type.
    pub(super) fn fitting<T: TryFrom<u64>>(&mut self) -> Read<T> {
        let number = self.number()?;
        T::try_from(number).or_else(|_| self.fault(format!("{number} is too large here")))
    }

    pub(super) fn signed(&mut self) -> Read<i64> {
        self.number().map(unzigzag)
    }

    /// A signed number that must fit a type.
    pub(super) fn signed_fitting<T: TryFrom<i64>>(&mut self) -> Read<T> {
        let number = self.signed()?;
        T::try_from(number).or_else(|_| self.fault(format!("{number} is too large here")))
    }

    /// The length of a list whose items take a byte at least: it cannot be longer than the bytes that are left.
    pub(super) fn length(&mut self) -> Read<usize> {
        let length = self.number()?;
        let left = self.bytes.len() - self.at;
        match usize::try_from(length) {
            Ok(length) if length <= left => Ok(length),
            _ => self.fault(format!("a list of {} items in {} bytes", grouped(length), grouped(left as u64))),
        }
    }

    pub(super) fn raw(&mut self) -> Read<&'a [u8]> {
        let length = self.length()?;
        self.take(length)
    }

    pub(super) fn text(&mut self) -> Read<&'a str> {
        let bytes = self.raw()?;
        std::str::from_utf8(bytes).or_else(|_| self.fault("a text that is not UTF-8"))
    }

    pub(super) fn string(&mut self) -> Read<String> {
        self.text().map(str::to_owned)
    }

    pub(super) fn option<T>(&mut self, read: impl FnOnce(&mut Self) -> Read<T>) -> Read<Option<T>> {
        if self.flag()? { read(self).map(Some) } else { Ok(None) }
    }

    pub(super) fn list<T>(&mut self, read: impl FnMut(&mut Self) -> Read<T>) -> Read<Vec<T>> {
        let length = self.number()?;
        self.times(length, read)
    }

    /// So many items, of which each takes a byte at least.
    pub(super) fn times<T>(&mut self, number: u64, mut read: impl FnMut(&mut Self) -> Read<T>) -> Read<Vec<T>> {
        let left = self.bytes.len() - self.at;
        let Some(number) = usize::try_from(number).ok().filter(|number| *number <= left) else {
            return self.fault(format!("{} items in {} bytes", grouped(number), grouped(left as u64)));
        };
        // An item may take more memory than bytes: room is made as items come.
        let mut items = Vec::with_capacity(number.min(1024));
        for _ in 0..number {
            items.push(read(self)?);
        }
        Ok(items)
    }

    /// A text that a zero byte ends.
    pub(super) fn ended(&mut self) -> Read<&'a str> {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let Some(length) = rest.iter().position(|byte| *byte == 0) else { return self.fault("a text without its end") };
        let bytes = self.take(length + 1)?;
        std::str::from_utf8(bytes.get(..length).unwrap_or_default()).or_else(|_| self.fault("a text that is not UTF-8"))
    }

    pub(super) fn strings(&mut self) -> Read<Vec<String>> {
        self.list(Self::string)
    }

    pub(super) fn line(&mut self) -> Read<Line> {
        match Line::new(self.fitting()?) {
            Some(line) => Ok(line),
            None => self.fault("line 0"),
        }
    }

    pub(super) fn lines(&mut self) -> Read<LineSet> {
        let length = self.length()?;
        let (mut words, mut far) = (Vec::new(), LineSet::new());
        let mut last = 0_u32;
        for _ in 0..length {
            let step: u32 = self.fitting()?;
            let line = last.checked_add(step).filter(|_| step > 0).and_then(Line::new);
            let Some(line) = line else { return self.fault("lines that do not ascend") };
            last = line.get();
            // Lines close together fill words; a set of few that are far apart must not take the room of all between.
            let word = last as usize / 64;
            if word < length.max(64) {
                if words.len() <= word {
                    words.resize(word + 1, 0_u64);
                }
                if let Some(bits) = words.get_mut(word) {
                    *bits |= 1 << (last % 64);
                }
            } else {
                far.insert(line);
            }
        }
        let mut lines = LineSet::from_words(&words);
        lines.union_with(&far);
        Ok(lines)
    }

    pub(super) fn arcs(&mut self) -> Read<ArcSet> {
        let length = self.length()?;
        let mut arcs = Vec::with_capacity(length);
        let mut last = i64::from(i32::MIN);
        for _ in 0..length {
            let (step, jump) = match self.byte()? {
                LONG => {
                    let step: u32 = self.fitting()?;
                    (i64::from(step), self.signed()?)
                }
                long if long > LONG => return self.fault(format!("{long}, expected an arc")),
                short => (i64::from(short >> 4), i64::from(short & 15) - 8),
            };
            let from = last + step;
            let arc = from.checked_add(jump).and_then(|to| Some((i32::try_from(from).ok()?, i32::try_from(to).ok()?)));
            let Some((from, to)) = arc else { return self.fault("an arc beyond all lines") };
            let arc = Arc::new(from, to);
            if arcs.last().is_some_and(|last| *last >= arc) {
                return self.fault("arcs that do not ascend");
            }
            last = i64::from(from);
            arcs.push(arc);
        }
        Ok(ArcSet::from_ascending(arcs))
    }

    /// Checks that nothing is left.
    pub(super) fn end(&self) -> Read<()> {
        if self.at == self.bytes.len() { Ok(()) } else { self.fault("more bytes than expected") }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn numbers_and_sets_come_back(
            number: u64, signed: i64, lines in prop::collection::btree_set(prop_oneof![1u32..300, 1u32..], 0..50),
            arcs in prop::collection::vec(prop_oneof![(-9i32..60, -9i32..60), (any::<i32>(), any::<i32>())], 0..50)
        ) {
            let lines: LineSet = lines.into_iter().filter_map(Line::new).collect();
            let arcs: ArcSet = arcs.into_iter().map(|(from, to)| Arc::new(from, to)).collect();
            let mut writer = Writer::default();
            writer.number(number);
            writer.signed(signed);
            writer.lines(&lines);
            writer.arcs(&arcs);
            let mut reader = Reader::new(&writer.0);
            prop_assert_eq!((reader.number(), reader.signed()), (Ok(number), Ok(signed)));
            prop_assert_eq!((reader.lines(), reader.arcs(), reader.end()), (Ok(lines), Ok(arcs), Ok(())));
        }
    }
}
