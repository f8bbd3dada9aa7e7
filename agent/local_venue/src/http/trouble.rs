//! What can happen to a request on its way in and to its answer on its way out.

use std::time::Duration;

use crate::http::{Answer, Request};
use crate::venue::Venue;
use serde_json::json;

/// What becomes of the answer on the way.
#[derive(Debug)]
pub(super) enum Fate {
    /// It arrives.
    Arrives(Answer),
    /// It arrives late, in real time.
    Late(Answer, Duration),
    /// The connection is cut after a while without a byte of it.
    Cut(Duration),
}

const GATEWAY: &str = "<html>\n<head><title>502 Bad Gateway</title></head>\n<body>\n<center><h1>502 Bad Gateway</h1></center>\n<hr><center>cloudflare</center>\n</body>\n</html>\n";
const LIMITED: &str = "<html><body><h1>Error 1015</h1>You are being rate limited</body></html>";

fn html(status: u16, body: &str) -> Answer {
    Answer {
        status,
        body: body.to_owned(),
        content_type: "text/html",
        headers: Vec::new(),
    }
}

fn error(status: u16, text: &str) -> Answer {
    Answer::json(status, &json!({ "error": text }))
}

/// Answers a request, unless something happens to it.
pub(super) fn answer(venue: &mut Venue, request: &Request) -> Fate {
    if request.path.starts_with("/local/") {
        return Fate::Arrives(super::answer(venue, request));
    }
    venue.advance();
    if let Some(closed) = window(venue, request) {
        return Fate::Arrives(closed);
    }
    let places = request.method == "POST" && matches!(request.path.as_str(), "/order" | "/orders");
    let cancels = request.method == "DELETE";
    if let Some(limited) = limited(venue) {
        return Fate::Arrives(limited);
    }
    if places {
        return place(venue, request);
    }
    let done = super::answer(venue, request);
    if cancels && venue.faults.strikes(24) {
        return Fate::Cut(venue.timings.answer_held);
    }
    Fate::Arrives(mangled(venue, done))
}

/// The answer of a venue that is closed for this kind of request.
fn window(venue: &Venue, request: &Request) -> Option<Answer> {
    let now = venue.now_ms();
    let places = request.method == "POST" && request.path.starts_with("/order");
    let trades = places || request.method == "DELETE";
    if trades && now < venue.windows.restarting_until {
        return Some(error(425, "service not ready"));
    }
    if trades && now < venue.windows.disabled_until {
        return Some(error(
            503,
            "Trading is currently disabled. Check polymarket.com for updates",
        ));
    }
    if places && now < venue.windows.cancel_only_until {
        return Some(error(
            503,
            "Trading is currently cancel-only. New orders are not accepted, but cancels are allowed.",
        ));
    }
    None
}

fn limited(venue: &mut Venue) -> Option<Answer> {
    if !venue.faults.strikes(11) {
        return None;
    }
    let mut plain = error(429, "Too Many Requests");
    match venue.faults.draw(11, 4) {
        0 => plain.headers.push(("retry-after", "1".to_owned())),
        1 => plain.headers.push(("retry-after", "0".to_owned())),
        2 => plain = html(429, LIMITED),
        _ => {}
    }
    Some(plain)
}

fn place(venue: &mut Venue, request: &Request) -> Fate {
    let held = venue.timings.answer_held;
    let cuts = [
        (2, false, held),
        (3, false, Duration::ZERO),
        (1, true, held),
        (4, true, Duration::ZERO),
    ];
    for (fault, processed, after) in cuts {
        if venue.faults.strikes(fault) {
            if processed {
                super::answer(venue, request);
            }
            return Fate::Cut(after);
        }
    }
    for fault in [5, 6] {
        if venue.faults.strikes(fault) {
            if venue.faults.draw(fault, 2) == 0 {
                super::answer(venue, request);
            }
            return Fate::Arrives(match fault {
                5 => error(500, "could not run the execution"),
                _ => html(502, GATEWAY),
            });
        }
    }
    let done = super::answer(venue, request);
    if request.path == "/order" && done.status == 200 {
        if venue.faults.strikes(13) {
            return Fate::Arrives(super::answer(venue, request));
        }
        if venue.faults.strikes(17) {
            let empty = json!({"success": true, "errorMsg": "", "orderID": "", "status": "", "makingAmount": "",
                               "takingAmount": "", "tradeIDs": [], "transactionsHashes": []});
            return Fate::Arrives(Answer::json(200, &empty));
        }
    }
    if venue.faults.strikes(19) {
        let secs = 5 + venue.faults.draw(19, 36);
        return Fate::Late(done, Duration::from_secs(secs.into()));
    }
    if venue.faults.strikes(32) {
        return Fate::Late(done, Duration::from_millis(300));
    }
    Fate::Arrives(mangled(venue, done))
}

/// An answer that is not what it should be.
fn mangled(venue: &mut Venue, mut answer: Answer) -> Answer {
    if !venue.faults.strikes(21) {
        return answer;
    }
    match venue.faults.draw(21, 4) {
        0 => answer.body.truncate(answer.body.len() / 2),
        1 => answer.body = "{\"orderID\": 7, \"success\": \"perhaps\"}".to_owned(),
        2 => answer.body = " ".repeat(10 << 20),
        _ => answer.body.insert(0, '\u{0}'),
    }
    answer
}
