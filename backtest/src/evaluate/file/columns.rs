//! The parts of an evaluation file that name columns: mapping, models, means, subsets, summaries, profits.

use crate::input::{Section, closest};

use crate::evaluate::spec::{
    ColumnMap, Coverage, MeanSpec, ModelColumn, PnlSpec, Pooling, Sides, SubsetSpec, SummarySpec,
};

pub(super) fn column_map(section: &Section<'_>) -> Option<ColumnMap> {
    let time = section.string("time").required();
    let cluster = section.string("cluster").required();
    let outcome = section.string("outcome").required();
    let column = |key| section.string(key).optional();
    let map = ColumnMap {
        outcome_words: outcome_words(section),
        mid: column("mid"),
        bid: column("bid"),
        ask: column("ask"),
        no_ask: column("no_ask"),
        second_ask: Sides {
            yes: column("second_yes_ask"),
            no: column("second_no_ask"),
        },
        later_mid: column("later_mid"),
        cost: Sides {
            yes: column("cost_yes"),
            no: column("cost_no"),
        },
        time: time?,
        cluster: cluster?,
        outcome: outcome?,
    };
    Some(map)
}

fn outcome_words(section: &Section<'_>) -> Option<Sides<String>> {
    let yes = section.string("outcome_yes").optional();
    let no = section.string("outcome_no").optional();
    if yes.is_some() != no.is_some() {
        let key = if yes.is_some() {
            "outcome_yes"
        } else {
            "outcome_no"
        };
        section.report(
            key,
            "contradiction",
            "outcome_yes and outcome_no come together or not at all",
        );
    }
    yes.zip(no).map(|(yes, no)| Sides { yes, no })
}

pub(super) fn models(root: &Section<'_>) -> Vec<ModelColumn> {
    let read = |section: Section<'_>| {
        let (name, column) = (
            section.string("name").required(),
            section.string("column").required(),
        );
        Some(ModelColumn {
            name: name?,
            column: column?,
        })
    };
    root.sections("model")
        .into_iter()
        .filter_map(read)
        .collect()
}

pub(super) fn means(root: &Section<'_>, models: &[ModelColumn]) -> Vec<MeanSpec> {
    root.sections("mean")
        .iter()
        .filter_map(|section| mean(section, models))
        .collect()
}

fn mean(section: &Section<'_>, known: &[ModelColumn]) -> Option<MeanSpec> {
    let name = section.string("name").required();
    let models = section
        .string_list("models")
        .ensure(|models| !models.is_empty(), "names no model")
        .required();
    for model in models.iter().flatten() {
        let mut names = known.iter().map(|m| m.name.as_str());
        if names.clone().any(|name| name == model) {
            continue;
        }
        let hint = match closest(model, &mut names) {
            Some(near) => format!("did you mean `{near}`?"),
            None => "name it as a [[model]] first".to_owned(),
        };
        section.report_with_hint(
            "models",
            "unknown-model",
            format!("no model is called `{model}`"),
            hint,
        );
    }
    let poolings = [
        ("mean", Pooling::Mean),
        ("median", Pooling::Median),
        ("logit_mean", Pooling::LogitMean),
    ];
    let coverages = [("all", Coverage::All), ("any", Coverage::Any)];
    let pooling = section.choice("pooling", &poolings).or(Pooling::Mean);
    let coverage = section.choice("coverage", &coverages).or(Coverage::All);
    Some(MeanSpec {
        name: name?,
        models: models?,
        pooling,
        coverage,
    })
}

pub(super) fn subsets(root: &Section<'_>) -> Vec<SubsetSpec> {
    let read = |section: Section<'_>| {
        let name = section.string("name").required();
        let clusters = section
            .string_list("clusters")
            .ensure(|clusters| !clusters.is_empty(), "names no cluster")
            .required();
        Some(SubsetSpec {
            name: name?,
            clusters: clusters?,
        })
    };
    root.sections("subset")
        .into_iter()
        .filter_map(read)
        .collect()
}

pub(super) fn summaries(root: &Section<'_>) -> Vec<SummarySpec> {
    let read = |section: Section<'_>| {
        let name = section.string("name").required();
        let columns = section.string_list("columns").required();
        let quoted_rows_only = section.bool("quoted_rows_only").or(false);
        Some(SummarySpec {
            name: name?,
            columns: columns?,
            quoted_rows_only,
        })
    };
    root.sections("summary")
        .into_iter()
        .filter_map(read)
        .collect()
}

pub(super) fn pnls(root: &Section<'_>) -> Vec<PnlSpec> {
    let read = |section: Section<'_>| {
        let (name, column) = (
            section.string("name").required(),
            section.string("column").required(),
        );
        Some(PnlSpec {
            name: name?,
            column: column?,
        })
    };
    root.sections("pnl").into_iter().filter_map(read).collect()
}
