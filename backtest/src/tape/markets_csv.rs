//! `markets.csv`: what can be traded, under which rules, and which inferences speak of it.

use quorate_domain::{
    Cash, Coverage, EpochId, FeeSchedule, GroupId, LabelId, LinkSense, Market, MarketGroup,
    MarketId, Objective, SetId, Shares, TickSize, Timestamp, Topic, TopicId, TopicLink,
};

use super::condition;
use super::known::Known;
use super::rows::shares;
use super::{Tape, TapeEpoch, TapeMarket};
use crate::input::{Cell, Column, CsvTable, Diagnostics, Refusal, Related, Row};

/// Topic of markets that name none.
const DEFAULT_TOPIC: &str = "default";
/// Smallest order where none is given: what nearly every market has.
const DEFAULT_SHARES_MIN: Shares = Shares::whole(5);
/// Smallest cost of a buy that takes at once, where none is given.
const DEFAULT_MARKETABLE_BUY_MIN: Cash = Cash::whole(1);
/// Largest fee exponent that is not a slip.
const FEE_EXPONENT_MAX: u64 = 8;

struct Columns {
    market: Column,
    group: Column,
    exhaustive: Column,
    question: Column,
    topic: Column,
    epoch: Column,
    label: Column,
    complement: Column,
    tick: Column,
    shares_min: Column,
    buy_min: Column,
    fee_rate: Column,
    fee_exponent: Column,
    rebate_share: Column,
    opens_at: Column,
    closes_at: Column,
    category: Column,
    set: Column,
    loading: Column,
    condition: condition::Columns,
}

impl Columns {
    fn of(table: &mut CsvTable) -> Self {
        Self {
            market: table.required_column("market"),
            group: table.optional_column("group"),
            exhaustive: table.optional_column("exhaustive"),
            question: table.optional_column("question"),
            topic: table.optional_column("topic"),
            epoch: table.optional_column("epoch"),
            label: table.optional_column("label"),
            complement: table.optional_column("complement"),
            tick: table.required_column("tick"),
            shares_min: table.optional_column("min_shares"),
            buy_min: table.optional_column("min_marketable_buy"),
            fee_rate: table.required_column("fee_rate"),
            fee_exponent: table.optional_column("fee_exponent"),
            rebate_share: table.optional_column("rebate_share"),
            opens_at: table.optional_column("opens_at"),
            closes_at: table.optional_column("closes_at"),
            category: table.optional_column("category"),
            set: table.optional_column("correlated_set"),
            loading: table.optional_column("loading"),
            condition: condition::Columns::of(table),
        }
    }
}

/// Reads the table into the tape. After a mistake a market is kept with a placeholder, so that rows of other tables
/// that name it are not reported as well; the load fails all the same.
pub(super) fn read(
    mut table: CsvTable,
    tape: &mut Tape,
    known: &mut Known,
) -> Result<(), Diagnostics> {
    let columns = Columns::of(&mut table);
    while let Some(row) = table.next_row() {
        let Some(name) = row.text(columns.market).required() else {
            continue;
        };
        let tick = tick_size(row, columns.tick)
            .required()
            .unwrap_or(TickSize::CENT);
        if !known.add(name, tick, row.line()) {
            report_duplicate(row, columns.market, known);
            continue;
        }
        let id = MarketId(u32::try_from(tape.markets.len()).unwrap_or(u32::MAX));
        let listed = read_market(row, &columns, tape, (id, name, tick));
        tape.markets.push(listed);
    }
    table.finish()
}

fn read_market(
    row: Row<'_>,
    columns: &Columns,
    tape: &mut Tape,
    (id, name, tick): (MarketId, &str, TickSize),
) -> TapeMarket {
    let group = read_group(row, columns, &mut tape.groups);
    let group_name = group.map(|_| row.raw(columns.group).unwrap_or_default());
    let mut link = read_link(row, columns, tape, group_name.unwrap_or(name), name);
    let (set, loading) = read_set(row, columns, &mut tape.sets);
    let (opens_at, closes_at) = read_times(row, columns);
    let condition = &columns.condition;
    condition.check_topic(row, columns.topic, (tape, &link));
    if let Some(condition) = condition.read(row, (opens_at, closes_at)) {
        link.sense = LinkSense::Price(condition);
    }
    let money = row
        .micros(columns.buy_min)
        .ensure(|micros| *micros >= 0, "is negative");
    let market = Market {
        id,
        name: name.to_owned(),
        question: row.text(columns.question).or("").to_owned(),
        group,
        set,
        loading,
        tick,
        shares_min: shares(row, columns.shares_min).or(DEFAULT_SHARES_MIN),
        marketable_buy_min: money
            .optional()
            .map_or(DEFAULT_MARKETABLE_BUY_MIN, Cash::from_micros),
        fee: read_fee(row, columns),
        opens_at,
        closes_at,
        link: Some(link),
    };
    TapeMarket {
        market,
        category: row.text(columns.category).optional().map(str::to_owned),
    }
}

/// A tick size: a divisor of one dollar.
pub(super) fn tick_size(row: Row<'_>, column: Column) -> Cell<'_, TickSize> {
    row.price(column).and_then(|micros| {
        TickSize::from_micros(micros).map_err(|_| {
            Refusal::new("bad-tick", "is no tick size")
                .hint("a tick divides one dollar into 2 to 10,000 steps, as 0.01 or 0.001 does")
        })
    })
}

fn report_duplicate(row: Row<'_>, column: Column, known: &Known) {
    let name = row.raw(column).unwrap_or_default();
    let diagnostic = row.diagnostic(
        column,
        "duplicate-market",
        format!("market {name} is given twice"),
    );
    row.report(match known.line_of(name) {
        None => diagnostic,
        Some(line) => diagnostic.with_related(Related {
            note: "first given here".to_owned(),
            file: row.file().to_owned(),
            line,
            column: 1,
        }),
    });
}

fn read_group(row: Row<'_>, columns: &Columns, groups: &mut Vec<MarketGroup>) -> Option<GroupId> {
    let given = match row.bool(columns.exhaustive).or(false) {
        true => Coverage::Exhaustive,
        false => Coverage::WithOther,
    };
    let name = row.text(columns.group).optional()?;
    let place = place_of(
        groups,
        |group| group.name == name,
        |place| MarketGroup {
            id: GroupId(place),
            name: name.to_owned(),
            coverage: given,
        },
    );
    let group = &groups[place as usize];
    if group.coverage != given {
        let message =
            format!("the markets of group {name} disagree on whether they are exhaustive");
        row.report(row.diagnostic(columns.exhaustive, "contradiction", message));
    }
    Some(group.id)
}

/// The topic, the epoch (the group or else the market if not given) and the label (the market if not given).
fn read_link(
    row: Row<'_>,
    columns: &Columns,
    tape: &mut Tape,
    default_epoch: &str,
    name: &str,
) -> TopicLink {
    let topic = row.text(columns.topic).or(DEFAULT_TOPIC);
    let place = place_of(
        &mut tape.topics,
        |own| own.name == topic,
        |place| Topic {
            id: TopicId(u64::from(place)),
            name: topic.to_owned(),
            objective: Objective::default(),
        },
    );
    let topic = TopicId(u64::from(place));
    let epoch = row.text(columns.epoch).or(default_epoch);
    let earlier = tape.epochs.iter().filter(|own| own.topic == topic).count() as u64;
    let place = place_of(
        &mut tape.epochs,
        |own| own.topic == topic && own.name == epoch,
        |_| {
            let (id, name) = (EpochId(earlier), epoch.to_owned());
            TapeEpoch {
                topic,
                id,
                name,
                labels: Vec::new(),
            }
        },
    );
    let epoch = &mut tape.epochs[place as usize];
    let label = row.text(columns.label).or(name);
    let label = place_of(&mut epoch.labels, |own| own == label, |_| label.to_owned());
    let label = LabelId(u16::try_from(label).unwrap_or(u16::MAX));
    if label.0 == u16::MAX {
        let message = "the epoch has more labels than can be told apart";
        row.report(row.diagnostic(columns.epoch, "too-many-labels", message));
    }
    let sense = match row.bool(columns.complement).or(false) {
        true => LinkSense::Complement,
        false => LinkSense::Direct,
    };
    TopicLink {
        topic,
        epoch: epoch.id,
        label,
        sense,
    }
}

fn read_set(row: Row<'_>, columns: &Columns, sets: &mut Vec<String>) -> (Option<SetId>, f64) {
    let inside = |value: &f64| -1.0 < *value && *value < 1.0;
    let loading = row
        .number(columns.loading)
        .ensure(inside, "is not between -1 and 1, both excluded");
    let loading = loading.optional();
    let name = row.text(columns.set).optional();
    let place = name.map(|name| place_of(sets, |own| own == name, |_| name.to_owned()));
    if place.is_none() && loading.is_some_and(|loading| loading != 0.0) {
        let message = "a loading needs a correlated_set to load on";
        row.report(row.diagnostic(columns.loading, "contradiction", message));
    }
    (place.map(SetId), loading.unwrap_or(0.0))
}

fn read_fee(row: Row<'_>, columns: &Columns) -> FeeSchedule {
    let share = |column| {
        let micros = row
            .micros(column)
            .ensure(|micros| (0..=1_000_000).contains(micros), "is outside 0..1");
        micros.and_then(|micros| {
            u32::try_from(micros).map_err(|_| Refusal::new("out-of-range", "is outside 0..1"))
        })
    };
    let exponent = row
        .u64(columns.fee_exponent)
        .within(0, FEE_EXPONENT_MAX)
        .or(1);
    FeeSchedule {
        rate_ppm: share(columns.fee_rate).required().unwrap_or(0),
        exponent: u8::try_from(exponent).unwrap_or(1),
        rebate_share_ppm: share(columns.rebate_share).or(0),
    }
}

fn read_times(row: Row<'_>, columns: &Columns) -> (Option<Timestamp>, Option<Timestamp>) {
    let opens = row
        .time(columns.opens_at)
        .optional()
        .map(Timestamp::from_nanos);
    let closes = row
        .time(columns.closes_at)
        .optional()
        .map(Timestamp::from_nanos);
    if let (Some(opens), Some(closes)) = (opens, closes)
        && closes <= opens
    {
        let message = "the market closes before it opens";
        row.report(row.diagnostic(columns.closes_at, "contradiction", message));
    }
    (opens, closes)
}

/// Place of the element that `is` holds for; it is added if there is none.
fn place_of<T>(list: &mut Vec<T>, is: impl FnMut(&T) -> bool, make: impl FnOnce(u32) -> T) -> u32 {
    let found = list.iter().position(is);
    let place = u32::try_from(found.unwrap_or(list.len())).unwrap_or(u32::MAX);
    if found.is_none() {
        list.push(make(place));
    }
    place
}
