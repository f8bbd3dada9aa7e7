//! Recording while it happens: news of books as the engine sees it, with what the wire says beside it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use quorate_domain::{MarketEvent, Outcome, Timestamp};

use super::row::{AssetId, ConditionId, RowEvent, TapeRow};
use super::schema::HourKey;
use super::writer::{ArchiveSummary, ArchiveWriter, ArchiveWriterError};

/// What a message carries beside its news.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RawExtras {
    /// The venue's time; the time of receipt where it is not known.
    pub event_at: Option<Timestamp>,
    /// Number of the message within its connection.
    pub seq: Option<u64>,
    /// The connection.
    pub connection: Option<u16>,
    /// The venue's hash of the book.
    pub hash: Option<Arc<str>>,
    /// Stated best bid and ask after the message, micro-dollars.
    pub best: (Option<u32>, Option<u32>),
    /// Legacy fee field of a trade, basis points.
    pub fee_rate_bps: Option<u16>,
    /// Transaction of a trade.
    pub transaction: Option<Arc<str>>,
}

/// A token that is recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordedToken {
    /// The market.
    pub condition: ConditionId,
    /// The token.
    pub asset: AssetId,
    /// What it pays on; domain news of a NO token is on the YES scale and is turned back.
    pub outcome: Outcome,
}

/// Writes an archive hour by hour. An hour is in place when the first message of the next one comes, or at the end; a
/// restart within an hour begins another part of it. What a crash loses is still in the journal, from which
/// `quorate record --format parquet` makes it again.
pub struct Recorder {
    archive: PathBuf,
    hour: Option<HourKey>,
    writer: Option<ArchiveWriter>,
}

impl Recorder {
    /// A recorder into an archive, which is made if need be.
    #[must_use]
    pub fn new(archive: &Path) -> Self {
        Self {
            archive: archive.to_path_buf(),
            hour: None,
            writer: None,
        }
    }

    /// Takes one piece of news; day volumes are not part of a recording. Gives what was written when an hour ended.
    ///
    /// # Errors
    /// The archive cannot be written.
    pub fn take(
        &mut self,
        token: &RecordedToken,
        received_at: Timestamp,
        event: &MarketEvent,
        extras: RawExtras,
    ) -> Result<Option<ArchiveSummary>, ArchiveWriterError> {
        let event_at = extras.event_at.unwrap_or(received_at);
        let (seq, connection, hash) = (extras.seq, extras.connection, extras.hash.clone());
        let Some(event) = said(event, token.outcome, extras) else {
            return Ok(None);
        };
        let hour = HourKey::of(received_at);
        let ended = if self.hour.is_some_and(|own| own < hour) {
            self.finish()?
        } else {
            None
        };
        if self.writer.is_none() {
            self.writer = Some(ArchiveWriter::recording(&self.archive)?);
            self.hour = Some(hour);
        }
        if let Some(writer) = &mut self.writer {
            writer.push(TapeRow {
                received_at,
                event_at,
                market: token.condition.clone(),
                asset: token.asset.clone(),
                seq,
                connection,
                hash,
                after_gap: false,
                event,
            })?;
        }
        Ok(ended)
    }

    /// Puts the hour under way into place; `None` if nothing was recorded since the last one.
    ///
    /// # Errors
    /// The archive cannot be written.
    pub fn finish(&mut self) -> Result<Option<ArchiveSummary>, ArchiveWriterError> {
        self.hour = None;
        self.writer.take().map(ArchiveWriter::finish).transpose()
    }
}

/// News as a row's event, on the token's own scale.
fn said(event: &MarketEvent, outcome: Outcome, extras: RawExtras) -> Option<RowEvent> {
    let turned = |level: &quorate_domain::Level| match outcome {
        Outcome::Yes => *level,
        Outcome::No => quorate_domain::Level {
            price: level.price.complement(),
            shares: level.shares,
        },
    };
    let half = |levels: &[quorate_domain::Level]| levels.iter().map(turned).collect::<Vec<_>>();
    let yes = outcome == Outcome::Yes;
    Some(match event {
        MarketEvent::Snapshot { bids, asks } if yes => RowEvent::Book {
            bids: half(bids),
            asks: half(asks),
        },
        MarketEvent::Snapshot { bids, asks } => RowEvent::Book {
            bids: half(asks),
            asks: half(bids),
        },
        MarketEvent::Level { side, level } => RowEvent::Change {
            side: if yes { *side } else { side.opposite() },
            level: turned(level),
            best_bid: extras.best.0,
            best_ask: extras.best.1,
        },
        MarketEvent::Trade(trade) => RowEvent::Trade {
            taker: if yes {
                trade.taker
            } else {
                trade.taker.opposite()
            },
            price: if yes {
                trade.price
            } else {
                trade.price.complement()
            },
            shares: trade.shares,
            fee_rate_bps: extras.fee_rate_bps,
            transaction: extras.transaction,
        },
        MarketEvent::TickSize(new) => RowEvent::TickSize {
            old: None,
            new: *new,
        },
        MarketEvent::Gap => RowEvent::Gap,
        MarketEvent::Closed => RowEvent::Closed,
        MarketEvent::DayVolume(_) => return None,
    })
}
