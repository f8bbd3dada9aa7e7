//! Price changes in the one layout in which the venue writes them: nearly all frames are such, so they are read in one pass
//! that compares the names where they are due and stores nothing.
//!
//! It is the strict half of a pair: a frame with another order of members, a blank, an escape, a character outside ASCII or
//! anything else unexpected is declined and read by the general reader, which gives the same for every frame that both read.

/// The members of one change as they are written, empty where they are absent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fields<'a> {
    /// Decimal asset id.
    pub asset: &'a [u8],
    /// Decimal dollars per share.
    pub price: &'a [u8],
    /// Decimal shares.
    pub size: &'a [u8],
    /// `BUY` or `SELL`.
    pub side: &'a [u8],
    /// The venue's fingerprint of the book after the change.
    pub hash: &'a [u8],
    /// Decimal dollars per share.
    pub best_bid: &'a [u8],
    /// Decimal dollars per share.
    pub best_ask: &'a [u8],
}

/// Hands each change of a frame to `each` and gives the frame's timestamp; `None` declines the frame, whatever was handed
/// out by then.
pub fn read<'a>(frame: &'a [u8], mut each: impl FnMut(&Fields<'a>)) -> Option<&'a [u8]> {
    let mut cursor = Cursor { rest: frame };
    cursor.literal(br#"{"market":""#)?;
    cursor.text()?;
    cursor.literal(br#","price_changes":["#)?;
    loop {
        each(&cursor.change()?);
        if cursor.literal(b",").is_none() {
            break;
        }
    }
    cursor.literal(br#"],"timestamp":""#)?;
    let timestamp = cursor.text()?;
    cursor.literal(br#","event_type":"price_change"}"#)?;
    cursor.rest.is_empty().then_some(timestamp)
}

struct Cursor<'a> {
    rest: &'a [u8],
}

impl<'a> Cursor<'a> {
    fn change(&mut self) -> Option<Fields<'a>> {
        self.literal(br#"{"asset_id":""#)?;
        let asset = self.text()?;
        self.literal(br#","price":""#)?;
        let price = self.text()?;
        self.literal(br#","size":""#)?;
        let size = self.text()?;
        self.literal(br#","side":""#)?;
        let side = self.text()?;
        self.literal(br#","hash":""#)?;
        let hash = self.text()?;
        self.literal(br#","best_bid":""#)?;
        let best_bid = self.text()?;
        self.literal(br#","best_ask":""#)?;
        let best_ask = self.text()?;
        self.literal(b"}")?;
        Some(Fields {
            asset,
            price,
            size,
            side,
            hash,
            best_bid,
            best_ask,
        })
    }

    #[inline]
    fn literal<const LEN: usize>(&mut self, text: &[u8; LEN]) -> Option<()> {
        let (head, tail) = self.rest.split_first_chunk::<LEN>()?;
        if head != text {
            return None;
        }
        self.rest = tail;
        Some(())
    }

    /// What comes before the next quotation mark, which is passed over; `None` when that is not plain ASCII.
    #[inline]
    fn text(&mut self) -> Option<&'a [u8]> {
        let mut end = 0;
        let (words, last) = self.rest.as_chunks::<8>();
        let found = words.iter().find_map(|word| {
            let marks = marks(u64::from_le_bytes(*word));
            if marks == 0 {
                end += 8;
            }
            (marks != 0).then(|| marks.trailing_zeros() as usize / 8)
        });
        end += match found {
            Some(place) => place,
            None => last.iter().position(|byte| !is_plain(*byte))?,
        };
        let (text, tail) = self.rest.split_at_checked(end)?;
        self.rest = tail.strip_prefix(b"\"")?;
        Some(text)
    }
}

fn is_plain(byte: u8) -> bool {
    (0x20..0x80).contains(&byte) && byte != b'"' && byte != b'\\'
}

/// The highest bit of each of eight bytes that is not plain. The lowest mark is exact: a subtraction borrows only from
/// bytes above one that is marked rightly.
#[inline]
fn marks(word: u64) -> u64 {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGH: u64 = 0x8080_8080_8080_8080;
    let below = |word: u64, limit: u8| word.wrapping_sub(ONES * u64::from(limit)) & !word;
    let quote = below(word ^ (ONES * u64::from(b'"')), 1);
    let escape = below(word ^ (ONES * u64::from(b'\\')), 1);
    (below(word, 0x20) | quote | escape | word) & HIGH
}
