//! Fast replay straight from a replay cache: its records are turned into events on their way to the engine, a few
//! thousand at a time, and what a cache does not hold (signals, resolutions) is merged in.

use quorate_venue::fast::{
    Event, FanOut, Kind, Strategy, TICKS_PER_DOLLAR, Ticks, VariantConfig, VariantOutcome, World,
};
use rayon::prelude::*;

use super::{ReplayError, batches, let_finish};
use crate::archive::cache::{Cache, CacheKind, CacheRecord, LAST_OF_MESSAGE};

/// Micro-dollars in the finest tick.
const MICROS_IN_TICK: u32 = 1_000_000 / TICKS_PER_DOLLAR as u32;

/// Events handed to the engine at a time; they stay in the processor's nearest cache.
const PORTION: usize = 1_024;

/// What came of a replay over a cache.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CacheReplay {
    /// By variant.
    pub outcomes: Vec<VariantOutcome>,
    /// Records left out, because they are on the NO token's own scale: its mirror is not proven, and a market has one
    /// book here.
    pub left_out: u64,
}

/// The event of a cache's record; `None` for one on the NO token's own scale. The venue's time is exact to the
/// microsecond, as the cache keeps it. That trading has stopped becomes a gap: nothing fills from then on.
///
/// # Errors
/// [`ReplayError::Cache`] when its kind is unknown, or its price is none of the finest grid.
pub fn event_of(record: &CacheRecord, number: usize) -> Result<Option<Event>, ReplayError> {
    let bad = |what: &'static str| ReplayError::Cache { number, what };
    if record.outcome != 0 {
        return Ok(None);
    }
    let kind = record
        .kind()
        .ok_or(bad("a kind that this program does not know"))?;
    let ticks = || -> Result<Ticks, ReplayError> {
        let (price, rest) = (
            record.price_micros / MICROS_IN_TICK,
            record.price_micros % MICROS_IN_TICK,
        );
        let whole = Ticks::try_from(price).ok().filter(|_| rest == 0);
        whole.ok_or(bad("a price between two steps of 0.0001 dollar"))
    };
    let lag = i64::from(record.lag_us) * 1_000;
    let mut event = Event {
        ts_event: record.received_ns.saturating_add_signed(-lag),
        ts_recv: record.received_ns,
        size: 0,
        market: record.market,
        price: 0,
        kind: Kind::Clear as u8,
        side: 0,
    };
    match kind {
        CacheKind::Clear => {}
        CacheKind::SnapshotLevel | CacheKind::Level | CacheKind::Trade => {
            (event.price, event.size) = (ticks()?, record.size_micros);
            // Here a trade's side is the resting half's, there the taker's direction.
            (event.kind, event.side) = match kind {
                CacheKind::SnapshotLevel => (Kind::SnapshotLevel as u8, record.side),
                CacheKind::Level => (Kind::Delta as u8, record.side),
                _ => (Kind::Trade as u8, 1_u8.wrapping_sub(record.side)),
            };
        }
        CacheKind::TickSize => {
            (event.kind, event.size) = (Kind::TickChange as u8, u64::from(ticks()?));
        }
        CacheKind::Gap | CacheKind::Closed => event.kind = Kind::Gap as u8,
    }
    let last = record.flags & LAST_OF_MESSAGE != 0;
    Ok(Some(if last { event.ending() } else { event }))
}

/// Replays a cache for all variants, up to 64 in one pass and passes on all threads. `apart` holds what the cache does
/// not: signals and resolutions, ascending by `ts_recv`; each comes before the first message that was received later,
/// and after all that were received at the same instant. Markets are numbered as in [`Cache::markets`].
///
/// # Errors
/// As [`super::replay`], or that the cache holds a record without meaning here.
pub fn replay_cache<S: Strategy + Send>(
    cache: &Cache,
    apart: &[Event],
    world: &World,
    variants: Vec<(VariantConfig, S)>,
) -> Result<CacheReplay, ReplayError> {
    replay_cached(cache.records(), apart, world, variants)
}

/// [`replay_cache`] over records that are in memory.
///
/// # Errors
/// As [`replay_cache`].
pub fn replay_cached<S: Strategy + Send>(
    records: &[CacheRecord],
    apart: &[Event],
    world: &World,
    variants: Vec<(VariantConfig, S)>,
) -> Result<CacheReplay, ReplayError> {
    let passes: Vec<(Vec<VariantOutcome>, u64)> = batches(variants)?
        .into_par_iter()
        .map(|batch| one_pass(records, apart, world.clone(), batch))
        .collect::<Result<_, _>>()?;
    let left_out = passes.first().map_or(0, |(_, left_out)| *left_out);
    let outcomes = passes.into_iter().flat_map(|(outcomes, _)| outcomes);
    Ok(CacheReplay {
        outcomes: outcomes.collect(),
        left_out,
    })
}

fn one_pass<S: Strategy>(
    records: &[CacheRecord],
    apart: &[Event],
    world: World,
    batch: Vec<(VariantConfig, S)>,
) -> Result<(Vec<VariantOutcome>, u64), ReplayError> {
    let mut fan_out = FanOut::new(world, batch, ())?;
    let mut portion = Vec::with_capacity(PORTION + 1);
    let (mut apart, mut left_out, mut last, mut whole) = (apart.iter().peekable(), 0, 0, true);
    for (number, record) in (1..).zip(records) {
        let Some(event) = event_of(record, number)? else {
            left_out += 1;
            continue;
        };
        while whole && let Some(other) = apart.next_if(|other| other.ts_recv < event.ts_recv) {
            portion.push(*other);
        }
        whole = event.is_last();
        last = last.max(event.ts_event);
        portion.push(event);
        if portion.len() >= PORTION {
            push_portion(&mut fan_out, &mut portion, number)?;
        }
    }
    portion.extend(apart);
    last = portion
        .iter()
        .fold(last, |last, event| last.max(event.ts_event));
    push_portion(&mut fan_out, &mut portion, records.len())?;
    Ok((let_finish(fan_out, last), left_out))
}

/// Hands a portion over; `number` is that of the last record in it.
fn push_portion<S: Strategy>(
    fan_out: &mut FanOut<S>,
    portion: &mut Vec<Event>,
    number: usize,
) -> Result<(), ReplayError> {
    fan_out
        .push_all(portion)
        .map_err(|(place, reason)| ReplayError::Record {
            number: (number + place + 1).saturating_sub(portion.len()),
            reason,
        })?;
    portion.clear();
    Ok(())
}
