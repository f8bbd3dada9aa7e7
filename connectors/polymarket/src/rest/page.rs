//! Lists that come in pages.

use super::client::Client;
use super::error::RestError;
use super::node::{Node, WireError};

/// Where the order book's lists begin.
pub const FIRST_CURSOR: &str = "MA==";
/// Where they end.
pub const LAST_CURSOR: &str = "LTE=";
/// More pages than any account has.
const PAGES_MAX: usize = 2000;

/// A part of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<T> {
    /// Its elements.
    pub items: Vec<T>,
    /// Where the next part begins; nothing at the end.
    pub next: Option<String>,
}

pub(crate) fn page<T>(
    node: &Node<'_>,
    read: impl Fn(&Node<'_>) -> Result<T, WireError>,
) -> Result<Page<T>, WireError> {
    let object = node.object()?;
    let items = object.get("data").items()?;
    let next = object.get("next_cursor").word_if_any()?;
    Ok(Page {
        items: items.iter().map(read).collect::<Result<_, _>>()?,
        next: next.filter(|cursor| cursor != LAST_CURSOR),
    })
}

impl Client {
    /// Every element of a list, read page by page from its beginning.
    pub(crate) async fn all_pages<T, F>(
        &self,
        place: &str,
        first: &str,
        mut read: impl FnMut(String) -> F,
    ) -> Result<Vec<T>, RestError>
    where
        F: Future<Output = Result<Page<T>, RestError>>,
    {
        let mut all = Vec::new();
        let mut cursor = first.to_owned();
        for _ in 0..PAGES_MAX {
            let page = read(cursor.clone()).await?;
            all.extend(page.items);
            match page.next {
                None => return Ok(all),
                Some(next) if next == cursor => break,
                Some(next) => cursor = next,
            }
        }
        Err(RestError::EndlessPages {
            place: place.to_owned(),
            cursor,
            pages: PAGES_MAX,
        })
    }
}
