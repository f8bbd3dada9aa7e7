//! A plot: an SVG stretched to its frame, with labels as text around it so that they stay readable at any width.

use super::downsample::{Point, downsample};
use super::escape::{escape, number};
use super::scale::{SIDE, Scale, TimeTick};

/// What a plot is about, for those who cannot see it.
pub(super) struct Words<'a> {
    /// Unique name in the page.
    pub(super) id: &'a str,
    /// Short title.
    pub(super) title: &'a str,
    /// What it shows, in a sentence with numbers.
    pub(super) description: String,
}

/// Marks and labels of a plot.
pub(super) struct Plot<'a> {
    /// Class that sets its height.
    pub(super) shape: &'a str,
    /// Its words.
    pub(super) words: Words<'a>,
    /// SVG marks in drawing units.
    pub(super) marks: String,
    /// Labels at the left: share from the top, text.
    pub(super) left: Vec<(f64, String)>,
    /// Labels below: share from the left, text.
    pub(super) below: Vec<(f64, String)>,
}

impl Plot<'_> {
    /// The plot in its frame.
    pub(super) fn html(&self) -> String {
        let (id, title) = (self.words.id, escape(self.words.title));
        let mut out = format!(
            "<div class=\"plot {}\"><svg viewBox=\"0 0 1000 1000\" preserveAspectRatio=\"none\" role=\"img\" \
             aria-labelledby=\"{id}-t {id}-d\"><title id=\"{id}-t\">{title}</title>\
             <desc id=\"{id}-d\">{}</desc>\n",
            self.shape,
            escape(&self.words.description)
        );
        for (share, _) in &self.left {
            let y = share * SIDE;
            out += &format!("<path class=\"grid\" d=\"M0 {y:.1}H1000\"/>");
        }
        out += &self.marks;
        out += "</svg>\n";
        for (share, text) in &self.left {
            let top = share * 100.0;
            out += &format!(
                "<span class=\"yl\" style=\"top:{top:.2}%\">{}</span>",
                number(text)
            );
        }
        for (index, (share, text)) in self.below.iter().enumerate() {
            let (left, edge) = (share * 100.0, edge_class(*share));
            // Every second label may go where there is no room for all.
            let spare = if index % 2 == 1 { " spare" } else { "" };
            out += &format!(
                "<span class=\"xl{edge}{spare}\" style=\"left:{left:.2}%\">{}</span>",
                escape(text)
            );
        }
        out + "</div>\n"
    }
}

/// Labels near the ends are set inwards, so that none leaves the page.
fn edge_class(share: f64) -> &'static str {
    match share {
        s if s < 0.04 => " first",
        s if s > 0.96 => " last",
        _ => "",
    }
}

/// Labels of a value axis.
pub(super) fn value_labels(scale: Scale, text: impl Fn(f64) -> String) -> Vec<(f64, String)> {
    scale
        .ticks()
        .into_iter()
        .map(|tick| (1.0 - scale.share(tick), text(tick)))
        .collect()
}

/// Labels of a time axis.
pub(super) fn time_labels(scale: Scale, ticks: Vec<TimeTick>) -> Vec<(f64, String)> {
    ticks
        .into_iter()
        .map(|(at, text)| (scale.share(at.nanos() as f64), text))
        .collect()
}

/// A curve through points, thinned to what can be seen.
pub(super) fn curve(points: &[Point], x: Scale, y: Scale, class: &str) -> String {
    format!("<path class=\"{class}\" d=\"{}\"/>\n", trace(points, x, y))
}

/// The area between points and the value `base`.
pub(super) fn area(points: &[Point], x: Scale, y: Scale, base: f64, class: &str) -> String {
    let (Some(first), Some(last)) = (points.first(), points.last()) else {
        return String::new();
    };
    let (left, right, bottom) = (x.x(first.0 as f64), x.x(last.0 as f64), y.y(base));
    format!(
        "<path class=\"{class}\" d=\"{}L{right:.1} {bottom:.1}L{left:.1} {bottom:.1}Z\"/>\n",
        trace(points, x, y)
    )
}

fn trace(points: &[Point], x: Scale, y: Scale) -> String {
    let mut out = String::new();
    for (index, (at, value)) in downsample(points).into_iter().enumerate() {
        let letter = if index == 0 { 'M' } else { 'L' };
        out += &format!("{letter}{:.1} {:.1}", x.x(at as f64), y.y(value));
    }
    out
}

/// The key to a plot's curves: class of the mark and name.
pub(super) fn legend(entries: &[(&str, String)]) -> String {
    let entry = |(class, name): &(&str, String)| {
        format!("<li><i class=\"key {class}\"></i>{}</li>", escape(name))
    };
    format!(
        "<ul class=\"legend\">{}</ul>\n",
        entries.iter().map(entry).collect::<String>()
    )
}
