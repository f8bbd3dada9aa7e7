//! Filters of lists.

/// Which records are wanted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Status {
    /// Those that still trade.
    #[default]
    Open,
    /// Those that do not.
    Closed,
}

impl Status {
    const fn word(self) -> &'static str {
        match self {
            Self::Open => "false",
            Self::Closed => "true",
        }
    }
}

/// How far the subject of a filter reaches.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TagReach {
    /// The subject itself.
    #[default]
    Exact,
    /// Subjects that the venue calls related, too.
    Related,
}

/// Most records a page can hold; the venue silently clamps more.
pub(super) const PAGE_MAX: u32 = 100;

/// What events are wanted. Empty filters are not sent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EventQuery {
    /// Open or closed ones.
    pub status: Status,
    /// Subject, by its name in addresses (`elections`).
    pub tag_slug: Option<String>,
    /// Recurring family, by number (`10684`).
    pub series_id: Option<String>,
    /// How far a subject reaches.
    pub reach: TagReach,
    /// Field to sort by, in the venue's spelling (`volume24hr`, `startDate`); descending.
    pub order: Option<String>,
    /// Earliest announced end, RFC 3339.
    pub end_date_min: Option<String>,
    /// Latest announced end, RFC 3339.
    pub end_date_max: Option<String>,
    /// Records per page, 1 to 100; 0 asks for 20.
    pub limit: u32,
}

impl EventQuery {
    pub(super) fn pairs(&self, cursor: Option<&str>) -> Vec<(&'static str, String)> {
        let mut pairs = common(self.status, self.limit, cursor);
        push(&mut pairs, "tag_slug", self.tag_slug.as_ref());
        push(&mut pairs, "series_id", self.series_id.as_ref());
        push(&mut pairs, "end_date_min", self.end_date_min.as_ref());
        push(&mut pairs, "end_date_max", self.end_date_max.as_ref());
        if self.reach == TagReach::Related {
            pairs.push(("related_tags", "true".to_owned()));
        }
        sorted(&mut pairs, self.order.as_ref());
        pairs
    }
}

/// What markets are wanted. Empty filters are not sent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MarketQuery {
    /// Open or closed ones.
    pub status: Status,
    /// Condition ids, at most 100 of them.
    pub condition_ids: Vec<String>,
    /// Field to sort by, in the venue's spelling (`volumeNum`); descending.
    pub order: Option<String>,
    /// Records per page, 1 to 100; 0 asks for 20.
    pub limit: u32,
}

impl MarketQuery {
    pub(super) fn pairs(&self, cursor: Option<&str>) -> Vec<(&'static str, String)> {
        let mut pairs = common(self.status, self.limit, cursor);
        for id in &self.condition_ids {
            pairs.push(("condition_ids", id.clone()));
        }
        sorted(&mut pairs, self.order.as_ref());
        pairs
    }
}

fn common(status: Status, limit: u32, cursor: Option<&str>) -> Vec<(&'static str, String)> {
    let limit = if limit == 0 { 20 } else { limit.min(PAGE_MAX) };
    let mut pairs = vec![
        ("closed", status.word().to_owned()),
        ("limit", limit.to_string()),
    ];
    if let Some(cursor) = cursor {
        pairs.push(("after_cursor", cursor.to_owned()));
    }
    pairs
}

fn push(pairs: &mut Vec<(&'static str, String)>, name: &'static str, value: Option<&String>) {
    if let Some(value) = value {
        pairs.push((name, value.clone()));
    }
}

fn sorted(pairs: &mut Vec<(&'static str, String)>, order: Option<&String>) {
    if let Some(order) = order {
        pairs.push(("order", order.clone()));
        pairs.push(("ascending", "false".to_owned()));
    }
}
