//! Standings as text.

use quorate_backtest::collective::{Blocks, Difference};
use quorate_backtest::report::columns::{Align, Columns, plain, wrapped};
use quorate_backtest::report::format::{count, fixed, or_dash, percent, signed};
use quorate_collective::contribution::BATCHES_TO_JUDGE;
use quorate_collective::{Measures, Quantity};

use super::standing::{Asked, TopicStanding, WorkerRow};

/// All topics, one after the other.
pub(super) fn render(topics: &[TopicStanding], asked: Asked) -> String {
    if topics.is_empty() {
        return "no worker has said anything yet".to_owned();
    }
    let texts: Vec<String> = topics.iter().map(|topic| one(topic, asked)).collect();
    texts.join("\n\n")
}

fn one(topic: &TopicStanding, asked: Asked) -> String {
    let mut lines = vec![heading(topic)];
    if topic.events == 0 {
        lines.push("nothing has resolved yet: there is nothing to judge by".to_owned());
        return lines.join("\n");
    }
    lines.push(String::new());
    if asked.is_recent {
        lines.push(format!(
            "Scores of workers over the last {} batches",
            asked.window
        ));
    } else {
        lines.push("Scores".to_owned());
    }
    lines.extend(scores(topic, asked).lines());
    lines.push(String::new());
    lines
        .push("Loss less that of the market and of the plain mean (negative is better)".to_owned());
    lines.extend(differences(topic).lines());
    lines.push(String::new());
    lines.push(format!(
        "Contribution to the collective, {} points by {}",
        asked.points, topic.points_by
    ));
    lines.extend(contributions(topic, asked).lines());
    lines.extend(remarks(topic));
    lines.join("\n")
}

fn heading(topic: &TopicStanding) -> String {
    let mut text = format!(
        "{} ({}): {} resolved in {} on {}, {} open",
        plain(&topic.topic, 60),
        topic.scheme,
        counted(topic.events, "question", "questions"),
        counted(topic.batches, "batch", "batches"),
        counted(topic.dates, "date", "dates"),
        count(topic.open as u64),
    );
    if 0 < topic.waiting {
        text += &format!(", {} waiting for their batch", count(topic.waiting as u64));
    }
    if 0 < topic.void {
        text += &format!(", {} that teach nothing", count(topic.void as u64));
    }
    text
}

fn counted(number: usize, one: &str, many: &str) -> String {
    let noun = if number == 1 { one } else { many };
    format!("{} {noun}", count(number as u64))
}

fn decimals(topic: &TopicStanding) -> usize {
    match topic.quantity {
        Quantity::Probability => 4,
        Quantity::Price => 2,
    }
}

fn name(row: &WorkerRow) -> String {
    let mark = if row.is_new { " *" } else { "" };
    plain(&row.worker, 28) + mark
}

fn scores(topic: &TopicStanding, asked: Asked) -> Columns {
    use Align::{Left, Right};
    let (loss, square) = match topic.quantity {
        Quantity::Probability => ("log loss", "Brier"),
        Quantity::Price => ("sq. error", "sq. error"),
    };
    let mut table = Columns::new(&[
        ("worker", Left),
        ("events", Right),
        ("coverage", Right),
        (loss, Right),
        (square, Right),
        ("slope", Right),
        ("weight", Right),
        ("vs market", Right),
        ("vs mean", Right),
        ("late", Right),
        ("impossible", Right),
    ]);
    let decimals = decimals(topic);
    let share = |skill: f64| format!("{}%", signed(100.0 * skill, 1));
    for row in &topic.workers {
        let standing = &row.standing;
        let Measures {
            events,
            coverage,
            loss,
            squared_error,
            calibration_slope,
            skill_market,
            skill_mean,
            ..
        } = if asked.is_recent {
            standing.recent
        } else {
            standing.total
        };
        table.row(vec![
            name(row),
            count(events),
            or_dash(coverage, |share| percent(share, 0)),
            or_dash(loss, |loss| fixed(loss, decimals)),
            or_dash(squared_error, |square| fixed(square, decimals)),
            or_dash(calibration_slope, |slope| fixed(slope, 2)),
            percent(standing.weight, 1),
            or_dash(skill_market, share),
            or_dash(skill_mean, share),
            count(standing.ignored.late),
            count(standing.ignored.impossible),
        ]);
    }
    for line in &topic.baselines {
        let mut cells = vec![
            format!("({})", line.name),
            count(line.events as u64),
            percent(line.events as f64 / topic.events as f64, 0),
            fixed(line.loss, decimals),
            fixed(line.squared_error, decimals),
        ];
        cells.resize(11, "-".to_owned());
        table.row(cells);
    }
    table
}

fn differences(topic: &TopicStanding) -> Columns {
    use Align::{Left, Right};
    let mut table = Columns::new(&[
        ("worker", Left),
        ("vs market", Right),
        ("95% interval", Right),
        ("vs mean", Right),
        ("95% interval", Right),
    ]);
    let decimals = decimals(topic);
    for row in &topic.workers {
        let mut cells = vec![name(row)];
        for against in [row.against_market, row.against_mean] {
            cells.push(or_dash(against, |d| signed(d.mean, decimals)));
            cells.push(or_dash(against, |d| interval(&d, decimals)));
        }
        table.row(cells);
    }
    table
}

fn interval(difference: &Difference, decimals: usize) -> String {
    or_dash(difference.interval, |interval| {
        let mark = if difference.drawn == Blocks::Events {
            " ~"
        } else {
            ""
        };
        format!(
            "{} to {}{mark}",
            signed(interval.low, decimals),
            signed(interval.high, decimals)
        )
    })
}

fn contributions(topic: &TopicStanding, asked: Asked) -> Columns {
    use Align::{Left, Right};
    let mut heads = vec![("worker", Left), ("average", Right), ("total", Right)];
    if asked.is_exact {
        heads.push(("exact", Right));
    }
    heads.push(("points", Right));
    let mut table = Columns::new(&heads);
    let decimals = decimals(topic) + 1;
    for row in &topic.workers {
        let fast = &row.standing.contribution;
        let mut cells = vec![
            name(row),
            or_dash(fast.average, |average| signed(average, decimals)),
            signed(fast.total, decimals),
        ];
        if asked.is_exact {
            cells.push(or_dash(row.exact, |exact| signed(exact, decimals)));
        }
        cells.push(count(row.points));
        table.row(cells);
    }
    table
}

/// What the marks mean, where there are any.
fn remarks(topic: &TopicStanding) -> Vec<String> {
    let mut lines = Vec::new();
    let mut remark = |text: String| {
        lines.push(String::new());
        lines.extend(wrapped("", &text));
    };
    let new: Vec<&str> = topic
        .workers
        .iter()
        .filter(|row| row.is_new)
        .map(|row| row.worker.as_str())
        .collect();
    if !new.is_empty() {
        remark(format!(
            "* fewer than {BATCHES_TO_JUDGE} events: too few to judge, pay or remove anybody by ({})",
            new.join(", ")
        ));
    }
    let all = topic
        .workers
        .iter()
        .flat_map(|row| [row.against_market, row.against_mean]);
    let all: Vec<Difference> = all.flatten().collect();
    if all
        .iter()
        .any(|d| d.drawn == Blocks::Events && d.interval.is_some())
    {
        remark(
            "~ drawn by events, because there are fewer than ten dates: such an interval is too narrow, and proves \
             nothing"
                .to_owned(),
        );
    }
    if all.iter().any(|d| d.drawn == Blocks::None) {
        remark("No interval where there are fewer than ten dates and ten events.".to_owned());
    }
    lines
}
